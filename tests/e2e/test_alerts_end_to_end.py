"""A scripted incident through real exporters, Prometheus and Alertmanager with the shipped rules.

One job has the incident, another has normal traffic. Rules that need days of history get it as
blocks. Rules that alerts need are evaluated every few seconds, and alerts wait an eighth as long as
shipped.
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

import promql_parser
import pytest
import yaml

from exporter.demo import COMPRESSED, Incident, LogWriter, Scenario, Traffic
from exporter.demo.market import MODELS
from programs import Prometheus, Running, exporter, exporter_command, prometheus, wait_until
from rules.history_blocks import known, write_blocks
from rules.notifications import Notice, Receiver, alertmanager, receiver
from rules.rule_files import FOLDER

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
# Payouts come at once, not a (shortened) day later.
TEMPO = dataclasses.replace(COMPRESSED, hesitation=(0.0, 1.0))
USUAL = ("high_latency", "unsatisfactory_content")
# Informational alerts of both jobs: the demo's lines have a few odd values, as real ones do.
NEWS = {"ZenMuxFieldFaults", "ZenMuxUnknownValues"}
TROUBLE = Scenario(
    (
        Incident(BEFORE, 1e9, "openai", failing=0.4, failure="provider_api_error"),
        Incident(BEFORE, 1e9, "anthropic", paid=0.9, paid_type="hallucination"),
    )
)


@contextlib.contextmanager
def writing(path: Path, scenario: Scenario) -> Iterator[None]:
    """Write a growing log in the background."""
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


def hurried(folder: Path) -> str:
    """Write the shipped rules with shorter waits and intervals; return their pattern."""
    for path in FOLDER.glob("*.yml"):
        rules = yaml.safe_load(path.read_text())
        for group in rules["groups"]:
            # No alert reads the increases, and they cost most.
            if path.name != "increases.yml":
                shorten(group, "interval", 15)
            for one in group["rules"]:
                shorten(one, "for", 8)
        (folder / f"rules-{path.name}").write_text(yaml.safe_dump(rules))
    return f"{folder}/rules-*.yml"


def shorten(raw: dict[str, Any], name: str, factor: int) -> None:
    """Shorten a duration in a rule or a group, if it is set."""
    if name in raw:
        seconds = promql_parser.parse_duration(raw[name]).total_seconds()
        raw[name] = f"{round(seconds / factor)}s"


def config(folder: Path, targets: dict[str, str], manager: str) -> str:
    """Return a configuration that scrapes and evaluates every four seconds."""
    return yaml.safe_dump(
        {
            "global": {"scrape_interval": "4s", "evaluation_interval": "4s"},
            "rule_files": [hurried(folder)],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [manager]}]}]},
            "scrape_configs": [
                {"job_name": job, "static_configs": [{"targets": [target]}]}
                for job, target in targets.items()
            ],
        }
    )


def history(job: str, instance: str) -> Iterator[tuple[str, int, int]]:
    """Return eight days of history with usual payouts, so only new payouts alert."""
    here = {"job": job, "instance": instance}
    yield from known("job:zenmux_requests:increase1h", 7.9, 6, job=job)
    yield from known("job:zenmux_requests:increase1h", 7, 6, job=job)
    yield from known("job:zenmux_requests:increase1h", 1.125, 0.1, job=job)
    yield from known("instance:zenmux_requests_total:sum", 1, 0.5, **here)
    for model in MODELS:
        yield from known("job_model:zenmux_requests:increase1h", 1.5, 0.1, job=job, model=model)
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


@dataclasses.dataclass(frozen=True, slots=True)
class Watched:
    """An exporter that follows a growing log."""

    folder: Path
    program: Running
    target: str

    def again(self) -> Running:
        """Kill the exporter and start it again."""
        self.program.stop(signal.SIGKILL)
        command = exporter_command(
            "run",
            f"--config.file={self.folder / 'exporter.yml'}",
            f"--storage.path={self.folder / 'state'}",
            f"--web.listen-address={self.target}",
        )
        return Running(command, self.folder / "again.log")


@contextlib.contextmanager
def watched(folder: Path, scenario: Scenario) -> Iterator[Watched]:
    """Run an exporter and the writer of its log."""
    folder.mkdir()
    settings = folder / "exporter.yml"
    settings.write_text(f"sources: [{{name: main, type: file, path: '{folder}/log.jsonl'}}]\n")
    with (
        writing(folder / "log.jsonl", scenario),
        exporter(folder, f"--config.file={settings}") as (program, url),
    ):
        yield Watched(folder, program, url.removeprefix("http://"))


@contextlib.contextmanager
def observed(folder: Path, targets: dict[str, str]) -> Iterator[tuple[Prometheus, Receiver]]:
    """Run Prometheus, Alertmanager and a receiver for the exporters of these jobs."""
    with receiver() as told, alertmanager(folder, told.server_port) as manager:
        past = chain.from_iterable(history(job, target) for job, target in targets.items())
        write_blocks(folder / "prometheus" / "data", past)
        text = config(folder, targets, manager.removeprefix("http://"))
        flags = ("--storage.tsdb.retention.time=30d",)
        with prometheus(folder / "prometheus", text, *flags) as server:
            yield server, told


def by_name(notices: list[Notice]) -> dict[str, list[Notice]]:
    """Group notices by alert name."""
    names: dict[str, list[Notice]] = {}
    for notice in notices:
        names.setdefault(notice.name, []).append(notice)
    return names


def test_incident_brings_the_right_notifications(tmp_path: Path) -> None:
    """A failing provider, a burst of payouts and a broken configuration cause exactly these alerts.

    The other job has only informational alerts, despite its history and a crash.
    """
    expected = {
        "ZenMuxProviderErrorBudgetBurn": "pager",
        "ZenMuxPayoutSpike": "team",
        "ZenMuxCompensationTypeNew": "log",
        "ZenMuxConfigReloadFailed": "team",
    }
    with (
        watched(tmp_path / "trouble", TROUBLE) as trouble,
        watched(tmp_path / "calm", Scenario()) as calm,
        observed(tmp_path, {"zenmux": trouble.target, "calm": calm.target}) as (server, told),
    ):
        wait_until(lambda: counted(server, "zenmux"), "requests are scraped")
        (trouble.folder / "exporter.yml").write_text("sources: nonsense\n")
        trouble.program.process.send_signal(signal.SIGHUP)
        wait_until(lambda: counted(server, "calm") > 3000, "requests are counted", 60)
        with ended(calm.again()):
            before = counted(server, "calm")
            wait_until(lambda: expected.keys() <= by_name(told.notices).keys(), str(expected), 180)
            wait_until(lambda: counted(server, "calm") > before + 3000, "counting continues", 60)
            firing = server.query('ALERTS{alertstate="firing"}')
    news = [one for one in told.notices if one.name in NEWS]
    told.notices = [one for one in told.notices if one.name not in NEWS]
    firing = [one for one in firing if one["metric"]["alertname"] not in NEWS]
    notices = by_name(told.notices)
    assert {one.receiver for one in news} <= {"log"}
    assert expected == {name: found[0].receiver for name, found in notices.items()}
    assert {one.labels["job"] for one in told.notices} == {"zenmux"}
    assert {one["metric"]["alertname"] for one in firing} <= set(expected)
    assert {one["metric"]["job"] for one in firing} == {"zenmux"}
    for burn in notices["ZenMuxProviderErrorBudgetBurn"]:
        assert (burn.labels["provider"], burn.labels["window"]) == ("openai", "1h")
        assert "Provider openai (job zenmux) failed" in burn.annotations["description"]
        assert burn.annotations["dashboard_url"].endswith("var-job=zenmux&var-provider=openai")
    for new in notices["ZenMuxCompensationTypeNew"]:
        assert new.labels["compensation_type"] == "hallucination"
        assert new.labels["model"].startswith("anthropic/")


@contextlib.contextmanager
def ended(program: Running) -> Iterator[None]:
    """Kill a program at the end of the block."""
    try:
        yield
    finally:
        program.stop(signal.SIGKILL)


def counted(server: Prometheus, job: str) -> float:
    """Return the number of requests that Prometheus has."""
    return server.value(f'sum(zenmux_requests_total{{job="{job}"}})') or 0.0
