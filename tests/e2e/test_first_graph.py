"""From clone to first graph: the demo behind a real Prometheus fills every panel."""

import json
import re
import shlex
import signal
import sys
import time
import urllib.parse
from functools import partial
from pathlib import Path

from dashboards.committed import expand, load
from dashboards.committed import queries as queries_of
from grafana.panels.status import NOTICES
from programs import (
    Prometheus,
    exporter_command,
    free_port,
    get,
    real_prometheus,
    running,
    wait_until,
)

pytestmark = real_prometheus
# Queries that may be empty: the demo exceeds no limit, has no conflicts and few invalid lines.
# Its API never fails, and it has no ids to resolve.
RARE = (
    "label_overflow:",
    "conflicts:",
    "invalid_records:",
    "field_faults:",
    "source_lost_bytes:",
    "source_nul_bytes:",
    "http_refused_total",
    "push_requests_total",
    "otlp_ignored_total",
    "api_errors_total",
    "exporter_generations_",
    "exporter_kafka_",
)
WEEK = 7 * 86_400
WINDOWS = {"$__range": f"{WEEK}s", "$__range_s": f"{WEEK}", "$__interval": "6h"}
PAID = re.compile(r"^zenmux_insurance_payout_usd_total\{.*\} (?!0$)", re.MULTILINE)
# There may be no more than ten models, and the previous range has no data.
EMPTY = ("Other", *NOTICES)


def test_demo_fills_every_panel(tmp_path: Path) -> None:
    """`make stack` has a week of history, data in every panel, and soon a payout and an alert."""
    ports = {name: free_port() for name in ("exporter", "prometheus")}
    command = [sys.executable, "-m", "tools.stack", f"--data={tmp_path}"]
    command += [f"--{name}-port={port}" for name, port in ports.items()]
    command.append(f"--exporter-command={shlex.join(exporter_command())}")
    with running(command, tmp_path / "stack.log", signal.SIGTERM) as stack:
        server = Prometheus(f"http://127.0.0.1:{ports['prometheus']}")
        wait_until(
            lambda: server.value('zenmux_exporter_demo{job="zenmux-demo"}') == 1,
            "the demo is scraped after its backfill",
            180,
        )
        week_ago = f"zenmux_requests_total @ {time.time() - WEEK + 3600:.0f}"
        assert server.value(f"sum({week_ago}) > 0")
        empty = everything()

        def filled() -> bool:
            # Queries that had data are not repeated.
            empty[:] = [text for text in empty if not answered(server, text)]
            return not empty

        try:
            # Two minutes, if no other test runs beside it.
            wait_until(filled, "every panel has data", 300, every=2)
        except AssertionError as error:
            raise AssertionError(f"no data: {empty}") from error
        # The live exporter starts without payouts and alerts; only the history has some.
        live = f"http://127.0.0.1:{ports['exporter']}/metrics"
        wait_until(lambda: PAID.search(get(live)[1]), "a payout has come", 120)
        wait_until(partial(server.value, "count(ALERTS)"), "an alert is pending or firing", 120)
        assert stack.stop() == 0


def everything() -> list[str]:
    """Return the queries of all dashboards."""
    return [
        query.text
        for board in load().values()
        for query in queries_of(board)
        if query.target.get("legendFormat") not in EMPTY
        and "offset $__range" not in query.text
        and not any(rare in query.text for rare in RARE)
    ]


def answered(server: Prometheus, text: str) -> bool:
    """Return True if a query has a result at some time of the last day."""
    now = time.time()
    # All variables are set to All.
    query = expand(text, {**WINDOWS, "$__to": f"{now:.0f}"})
    asked = {"query": query, "start": now - 86_400, "end": now, "step": 3600}
    status, body = get(f"{server.url}/api/v1/query_range?{urllib.parse.urlencode(asked)}")
    return status == 200 and bool(json.loads(body)["data"]["result"])
