"""Live scrapes continue a backfilled history without gaps or double counts."""

import json
import signal
import sys
import time
from pathlib import Path

import pytest

from exporter.catalogue.levels import COMPENSATED_INCREASE, READY
from places import ROOT
from programs import (
    Prometheus,
    exporter,
    exporter_command,
    free_port,
    prometheus,
    real_prometheus,
    running,
    wait_until,
)

pytestmark = real_prometheus

HOUR, DAY = 3600, 86_400
RULES = ROOT / "prometheus" / "rules" / "increases.yml"
SCRAPE = """
global: {{scrape_interval: 1s}}
rule_files: [increases.yml]
scrape_configs:
  - job_name: zenmux
    params: {{scraper: [one]}}
    static_configs: [{{targets: ["{target}"]}}]
"""


def record(identity: str, at: float, model: str = "vendor/steady", **more: object) -> str:
    """Return a line of a log."""
    fields = {"id": identity, "timestamp": at, "model": model, "provider": "p", "cost_usd": "0.125"}
    return json.dumps(fields | more) + "\n"


def month(now: float) -> str:
    """Return a log of 30 days: a request every six hours, some payouts, the last minutes ago."""
    times = [now - 120 - number * 6 * HOUR for number in range(120)]
    rows = []
    for number, at in enumerate(reversed(times)):
        paid = {"type": "high_latency", "payout_usd": "0.5", "paid_at": at + HOUR}
        rows.append(record(f"g{number}", at, compensation=None if number % 10 else paid))
    # A model that is first used after the history's end.
    late = {"type": "high_latency", "payout_usd": "0.5", "paid_at": now - 40}
    rows.append(record("paid", now - 50, "vendor/late", compensation=late))
    return "".join([*rows, record("late", now - 30, "vendor/late")])


def rise(name: str, window: float) -> str:
    """Return a query for a counter's growth by its raw samples."""
    counter = f"{name}[{int(window)}s]"
    return f"sum(max_over_time({counter}) - min_over_time({counter}))"


def added(increase: str, window: float) -> str:
    """Return a query for the sum of recorded increases, as panels use it."""
    return f"sum(sum_over_time({increase}[{int(window)}s]))"


# The expected sums of the log and the lines appended to it.
COUNTED = {
    "provider:zenmux_requests:increase": 124,
    "api_key:zenmux_requests:increase": 124,
    "provider:zenmux_cost_usd:increase": 124 / 8,
    "api_key:zenmux_insurance_payout_usd:increase": 7,
    "compensation_type:zenmux_insurance_payout_delay_seconds_count:increase": 13,
    COMPENSATED_INCREASE: 7,
    # Backfilled history has no series by source, so only live lines count.
    "source:zenmux_exporter_records:increase": 2,
}


@pytest.mark.parametrize("end", ["now", None], ids=["fresh", "running"])
def test_ranges_across_the_seam_are_right(tmp_path: Path, end: str | None) -> None:
    """Ranges across the history's end are exact, with a fresh and with a running Prometheus."""
    now = time.time()
    log = tmp_path / "log.jsonl"
    log.write_text(month(now))
    with exporter(tmp_path, str(log)) as (_, url):
        target = url.removeprefix("http://")
        data = tmp_path / "prometheus" / "data"
        options = [
            f"--out={data}",
            "--step=300",
            f"--labels=instance={target}",
            *([f"--end={end}"] if end else []),
        ]
        with running(exporter_command("backfill", str(log), *options), tmp_path / "b.log") as made:
            assert made.process.wait(120) == 0, made.log.read_text()
        keep = "--storage.tsdb.retention.time=1y"
        config = SCRAPE.format(target=target)
        rules = RULES.read_text().replace("interval: 1m", "interval: 1s")
        (tmp_path / "prometheus" / "increases.yml").write_text(rules)
        with prometheus(tmp_path / "prometheus", config, keep) as server:
            evaluated_after(server, evaluated_after(server, time.time()))
            with log.open("a") as file:
                paid = {"type": "new", "payout_usd": "0.5"}
                file.write(record("new", time.time(), "vendor/new", compensation=paid))
                file.write(record("more", time.time()))
            total = added("provider:zenmux_requests:increase", 31 * DAY)
            wait_until(lambda: server.value(total) == 124, "live requests are counted")
            # Two more evaluations count nothing again.
            at = evaluated_after(server, evaluated_after(server, time.time()))
            for increase, expected in COUNTED.items():
                assert server.value(added(increase, 31 * DAY), at) == pytest.approx(expected)
            # A range of history and live scrapes.
            since = at - (now - 15 * DAY)
            expected = sum(now - 120 - n * 6 * HOUR > now - 15 * DAY for n in range(120)) + 4
            assert server.value(added("provider:zenmux_requests:increase", since), at) == (expected)
            assert server.value(rise("zenmux_requests_total", since), at) == expected
            assert server.value(rise("zenmux_requests_total", 31 * DAY), at) == 124
            grown = server.value(f"sum(increase(zenmux_requests_total[{31 * DAY}s]))", at)
            assert grown == pytest.approx(124, rel=0.01)
            assert server.value(f"sum(resets(zenmux_requests_total[{31 * DAY}s]))", at) == 0


def evaluated_after(server: Prometheus, before: float) -> float:
    """Wait until the rules saw the exporter ready after a time; return the evaluation's time."""
    found = wait_until(lambda: server.query(f"{READY} > {before}"), "the rules were evaluated")
    return float(found[0]["value"][1])


def test_the_stack_shows_a_month_of_logs_at_first_sight(tmp_path: Path) -> None:
    """`make stack LOGS=…` shows the logs' history as soon as it runs."""
    now = time.time()
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "a.jsonl").write_text(month(now))
    ports = {name: free_port() for name in ("exporter", "prometheus")}
    command = [sys.executable, "-m", "tools.stack", f"--data={tmp_path / 'data'}"]
    command += [f"--{name}-port={port}" for name, port in ports.items()]
    command += [str(logs / "*.jsonl")]
    with running(command, tmp_path / "stack.log", signal.SIGTERM) as stack:
        wait_until(lambda: stack.logged("Running"), "it runs", 90)
        server = Prometheus(f"http://127.0.0.1:{ports['prometheus']}")
        counted = added("provider:zenmux_requests:increase", 31 * DAY)
        past = wait_until(lambda: server.value(counted), "the history is there")
        assert past >= 120
        assert stack.stop() == 0
