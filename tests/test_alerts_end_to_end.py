"""A scripted incident through the real exporter, Prometheus and Alertmanager, rules as shipped.

What needs days of history gets it as blocks; what waits longer than three minutes is promtool's.
"""

import contextlib
import dataclasses
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml
from programs import Prometheus, exporter, exporter_command, prometheus, running, wait_until
from rules.book import FOLDER
from rules.notified import Notice, Receiver, alertmanager, receiver
from rules.past import known, write_blocks

from exporter.demo import COMPRESSED, Incident, LogWriter, Scenario, Traffic
from exporter.demo.market import MODELS

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not (shutil.which("prometheus") and shutil.which("prometheus-alertmanager"))
        and "CI" not in os.environ,
        reason="needs prometheus and alertmanager on the path",
    ),
]

BEFORE = 10.0
RATE = 200
# Payouts at once, not a (shortened) day later.
TEMPO = dataclasses.replace(COMPRESSED, hesitation=(0.0, 1.0))
USUAL = ("high_latency", "unsatisfactory_content")
TROUBLE = Scenario(
    (
        Incident(BEFORE, 1e9, "openai", failing=0.4, failure="provider_api_error"),
        Incident(BEFORE, 1e9, "anthropic", paid=0.9, paid_type="hallucination"),
    )
)


@contextlib.contextmanager
def writing(path: Path, scenario: Scenario) -> Iterator[None]:
    """A log that grows."""
    writer = LogWriter(path, Traffic(3, int(time.time() * 1000), RATE, scenario, TEMPO))
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(0.2):
            writer.write_due()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        writer.close()


def config(target: str, manager: str) -> str:
    """The shipped rules, with everything looked at every two seconds."""
    return yaml.safe_dump(
        {
            "global": {"scrape_interval": "2s", "evaluation_interval": "2s"},
            "rule_files": [f"{FOLDER}/*.yml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [manager]}]}]},
            "scrape_configs": [
                {"job_name": "zenmux", "static_configs": [{"targets": [target]}]},
            ],
        }
    )


def history(instance: str) -> Iterator[tuple[str, int, int]]:
    """An account of eight days that was paid for the usual, so that what is new is news."""
    here = {"job": "zenmux", "instance": instance}
    yield from known("job:zenmux_requests:increase1h", 7.9, 6, job="zenmux")
    yield from known("job:zenmux_requests:increase1h", 7, 6, job="zenmux")
    yield from known("job:zenmux_requests:increase1h", 1.5, 0.1, job="zenmux")
    yield from known("instance:zenmux_requests_total:sum", 1, 0.5, **here)
    for model in MODELS:
        yield from known(
            "job_model:zenmux_requests:increase1h", 1.5, 0.1, job="zenmux", model=model
        )
    yield from chain.from_iterable(
        known(
            "instance_model:zenmux_insurance_compensations_total:sum",
            1.5,
            0.1,
            **here,
            model=model,
            plan="payg",
            compensation_type=kind,
        )
        for model in MODELS
        for kind in USUAL
    )


@contextlib.contextmanager
def observed(folder: Path, scenario: Scenario) -> Iterator[tuple[Any, Prometheus, Receiver]]:
    """Everything running: the exporter's process, Prometheus, and who is notified."""
    settings = folder / "exporter.yml"
    settings.write_text(f"sources: [{{name: main, type: file, path: '{folder}/log.jsonl'}}]\n")
    with (
        receiver() as told,
        alertmanager(folder, told.server_port) as manager,
        writing(folder / "log.jsonl", scenario),
        exporter(folder, f"--config.file={settings}") as (program, url),
    ):
        target = url.removeprefix("http://")
        write_blocks(folder / "prometheus" / "data", history(target))
        text = config(target, manager.removeprefix("http://"))
        flags = ("--storage.tsdb.retention.time=30d",)
        with prometheus(folder / "prometheus", text, *flags) as server:
            yield program, server, told


def by_name(notices: list[Notice]) -> dict[str, list[Notice]]:
    """Notices by alert."""
    names: dict[str, list[Notice]] = {}
    for notice in notices:
        names.setdefault(notice.name, []).append(notice)
    return names


def test_incident_brings_the_right_notifications(tmp_path: Path) -> None:
    """A failing provider, a burst of payouts, a broken configuration: these alerts, no others."""
    expected = {
        "ZenMuxProviderErrorBudgetBurn": "pager",
        "ZenMuxPayoutSpike": "team",
        "ZenMuxCompensationTypeNew": "log",
        "ZenMuxConfigReloadFailed": "team",
    }
    with observed(tmp_path, TROUBLE) as (program, server, told):
        wait_until(lambda: server.value("sum(zenmux_requests_total)"), "requests are scraped")
        (tmp_path / "exporter.yml").write_text("sources: nonsense\n")
        program.process.send_signal(signal.SIGHUP)
        wait_until(lambda: expected.keys() <= by_name(told.notices).keys(), str(expected), 280)
        firing = server.query('ALERTS{alertstate="firing"}')
        notices = by_name(told.notices)
    assert expected == {name: found[0].receiver for name, found in notices.items()}
    assert {one["metric"]["alertname"] for one in firing} <= set(expected)
    for burn in notices["ZenMuxProviderErrorBudgetBurn"]:
        assert (burn.labels["provider"], burn.labels["window"]) == ("openai", "1h")
        assert "Provider openai (job zenmux) failed" in burn.annotations["description"]
        assert burn.annotations["dashboard_url"].endswith("var-job=zenmux&var-provider=openai")
    for new in notices["ZenMuxCompensationTypeNew"]:
        assert new.labels["compensation_type"] == "hallucination"
        assert new.labels["model"].startswith("anthropic/")


def test_everyday_life_is_silent(tmp_path: Path) -> None:
    """Neither the first minute, with alerts armed by history, nor a restart makes one fire."""
    with observed(tmp_path, Scenario()) as (program, server, told):
        wait_until(lambda: counted(server) > 3000, "requests are counted", 60)
        port = str(server.query("up")[0]["metric"]["instance"]).rpartition(":")[2]
        program.stop(signal.SIGKILL)
        again = exporter_command(
            "run",
            f"--config.file={tmp_path / 'exporter.yml'}",
            f"--storage.path={tmp_path / 'state'}",
            f"--web.listen-address=127.0.0.1:{port}",
        )
        with running(again, tmp_path / "again.log"):
            wait_until(lambda: counted(server) > 9000, "it goes on counting", 90)
            assert server.query('ALERTS{alertstate="firing"}') == []
    assert told.notices == []


def counted(server: Prometheus) -> float:
    """Requests on record."""
    return server.value("sum(zenmux_requests_total)") or 0.0
