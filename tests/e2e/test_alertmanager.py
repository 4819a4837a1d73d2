"""The example configuration of Alertmanager: receivers and inhibited alerts."""

import json
import os
import shutil
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from programs import get, wait_until
from rules.notifications import alertmanager, receiver

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not shutil.which("prometheus-alertmanager") and "CI" not in os.environ,
        reason="needs alertmanager on the path",
    ),
]


def alert(name: str, severity: str, **labels: str) -> dict[str, Any]:
    """An alert as Prometheus sends it."""
    return {"labels": {"alertname": name, "severity": severity, "job": "zenmux"} | labels}


BURN = "ZenMuxProviderErrorBudgetBurn"
SENT = [
    # All exporters of job `down` are down; another job's are up.
    alert("ZenMuxAllExportersDown", "critical", job="down"),
    alert(BURN, "critical", job="down", provider="azure", window="1h"),
    alert("ZenMuxCostJump", "warning", job="down"),
    # One of two exporters is down; alerts about its job are still sent.
    alert("ZenMuxExporterDown", "warning", instance="a:1"),
    alert("ZenMuxInvalidRecords", "warning", instance="a:1", source="main"),
    alert("ZenMuxInvalidRecords", "warning", instance="b:1", source="main"),
    alert("ZenMuxTrafficDropped", "warning"),
    # A failing ledger inhibits stale sources of its own exporter only.
    alert("ZenMuxLedgerFailing", "critical", job="full", instance="a:1"),
    alert("ZenMuxSourceStale", "warning", job="full", instance="a:1", source="main"),
    alert("ZenMuxExporterNotReady", "warning", job="full", instance="b:1"),
    alert("ZenMuxTrafficDropped", "warning", job="full"),
    # An exceeded budget does not inhibit a cost jump.
    alert("ZenMuxDailyBudgetExceeded", "warning", job="rich"),
    alert("ZenMuxCostJump", "warning", job="rich"),
    # A critical burn inhibits its warnings and the models of its provider only.
    alert(BURN, "critical", provider="azure", window="1h"),
    alert(BURN, "warning", provider="azure", window="3d"),
    alert(BURN, "warning", provider="x-ai", window="3d"),
    alert("ZenMuxModelFailing", "critical", provider="azure", model="m"),
    alert("ZenMuxModelFailing", "critical", provider="x-ai", model="n"),
    alert("ZenMuxKeyFailing", "warning", api_key="checkout"),
    alert("ZenMuxKeyFailing", "warning", api_key="checkout", job="rich"),
    alert("ZenMuxCreditExhausted", "critical", plan="payg"),
    alert("ZenMuxCreditErrors", "warning", plan="payg"),
    alert("ZenMuxModelNew", "info", model="m"),
    # The demo's alerts, and alerts of other software.
    alert(BURN, "critical", job="zenmux-demo", provider="azure", window="1h"),
    alert("DiskFull", "critical"),
]
TOLD = {
    ("pager", "ZenMuxAllExportersDown", "down", ""),
    ("pager", BURN, "zenmux", "azure"),
    ("pager", "ZenMuxModelFailing", "zenmux", "x-ai"),
    ("pager", "ZenMuxCreditExhausted", "zenmux", ""),
    ("team", "ZenMuxExporterDown", "zenmux", ""),
    ("team", "ZenMuxInvalidRecords", "zenmux", ""),
    ("team", "ZenMuxTrafficDropped", "zenmux", ""),
    ("pager", "ZenMuxLedgerFailing", "full", ""),
    ("team", "ZenMuxExporterNotReady", "full", ""),
    ("team", "ZenMuxDailyBudgetExceeded", "rich", ""),
    ("team", "ZenMuxCostJump", "rich", ""),
    ("team", "ZenMuxKeyFailing", "rich", ""),
    ("team", BURN, "zenmux", "x-ai"),
    ("log", "ZenMuxModelNew", "zenmux", ""),
}


def test_routes_and_inhibition(tmp_path: Path) -> None:
    """Each receiver gets its own alerts; alerts that another one explains are inhibited."""
    with receiver() as told, alertmanager(tmp_path, told.server_port) as url:
        request = urllib.request.Request(
            f"{url}/api/v2/alerts",
            json.dumps(SENT).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 200
        wait_until(lambda: len(told.notices) >= len(TOLD), "all receivers are notified")
        status, body = get(f"{url}/api/v2/alerts")
        assert status == 200
        held = [one["labels"] for one in json.loads(body) if one["status"]["inhibitedBy"]]
    assert {
        (one.receiver, one.name, one.labels["job"], one.labels.get("provider", ""))
        for one in told.notices
    } == TOLD
    assert sorted(labels["alertname"] for labels in held) == [
        "ZenMuxCostJump",
        "ZenMuxCreditErrors",
        "ZenMuxInvalidRecords",
        "ZenMuxKeyFailing",
        "ZenMuxModelFailing",
        BURN,
        BURN,
        "ZenMuxSourceStale",
        "ZenMuxTrafficDropped",
    ]
    (invalid,) = (one for one in told.notices if one.name == "ZenMuxInvalidRecords")
    assert invalid.labels["instance"] == "b:1"
