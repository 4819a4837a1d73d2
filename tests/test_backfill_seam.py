"""History and present meet without a seam: a real Prometheus with blocks, then live scrapes."""

import json
import sys
import time
from pathlib import Path

import pytest
from dashboards.committed import expand
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

from grafana.promql.compensated_requests import compensated_requests

pytestmark = real_prometheus

HOUR, DAY = 3600, 86_400
SCRAPE = """
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: zenmux
    params: {{scraper: [one]}}
    static_configs: [{{targets: ["{target}"]}}]
"""


def record(identity: str, at: float, model: str = "vendor/steady", **more: object) -> str:
    """A line of a log."""
    fields = {"id": identity, "timestamp": at, "model": model, "provider": "p", "cost_usd": "0.125"}
    return json.dumps(fields | more) + "\n"


def month(now: float) -> str:
    """A log of 30 days, a request every six hours, a payout for some, the last of minutes ago."""
    times = [now - 120 - number * 6 * HOUR for number in range(120)]
    rows = []
    for number, at in enumerate(reversed(times)):
        paid = {"type": "high_latency", "payout_usd": "0.5", "paid_at": at + HOUR}
        rows.append(record(f"g{number}", at, compensation=None if number % 10 else paid))
    # Born between the history's end and the present.
    return "".join([*rows, record("late", now - 30, "vendor/late")])


def rise(name: str, window: float) -> str:
    """What a counter rose by, by the arithmetic of the dashboards."""
    counter = f"{name}[{int(window)}s]"
    return f"sum(max_over_time({counter}) - min_over_time({counter}))"


@pytest.mark.parametrize("end", ["now", None], ids=["fresh", "running"])
def test_ranges_across_the_seam_are_right(tmp_path: Path, end: str | None) -> None:
    """The live counters go on where the history ends, with a fresh Prometheus and a running one."""
    now = time.time()
    log = tmp_path / "log.jsonl"
    log.write_text(month(now))
    with exporter(tmp_path, str(log)) as (_, url):
        target = url.removeprefix("http://")
        data = tmp_path / "prometheus" / "data"
        options = [
            f"--out={data}",
            f"--labels=instance={target}",
            *([f"--end={end}"] if end else []),
        ]
        with running(exporter_command("backfill", str(log), *options), tmp_path / "b.log") as made:
            assert made.process.wait(60) == 0, made.log.read_text()
        keep = "--storage.tsdb.retention.time=1y"
        config = SCRAPE.format(target=target)
        with prometheus(tmp_path / "prometheus", config, keep) as server:
            wait_until(lambda: scrapes(server, target) >= 2, "it was scraped twice")
            with log.open("a") as file:
                file.write(record("new", time.time(), "vendor/new") + record("more", time.time()))
            total = "sum(zenmux_requests_total)"
            wait_until(lambda: server.value(total) == 123, "the present is counted")
            at = time.time()
            assert server.value(rise("zenmux_requests_total", 31 * DAY), at) == 123
            assert server.value(rise("zenmux_cost_usd_total", 31 * DAY), at) == 123 / 8
            assert server.value(rise("zenmux_insurance_payout_usd_total", 31 * DAY), at) == 6
            for days in (31, 15, 3):
                assert details(server, days * DAY, at) == server.value(
                    rise("zenmux_insurance_payout_usd_total", days * DAY), at
                )
            assert details(server, 60, at) == 0
            # Half a range of history, half of the present.
            since = at - (now - 15 * DAY)
            expected = sum(now - 120 - n * 6 * HOUR > now - 15 * DAY for n in range(120)) + 3
            assert server.value(rise("zenmux_requests_total", since), at) == expected
            grown = server.value(f"sum(increase(zenmux_requests_total[{31 * DAY}s]))", at)
            assert grown == pytest.approx(123, rel=0.01)
            assert server.value(f"sum(resets(zenmux_requests_total[{31 * DAY}s]))", at) == 0


def details(server: Prometheus, window: int, at: float) -> float:
    """The sum of the payouts in the table of compensated requests."""
    ranges = {"$__range_s": str(window), "$__range": f"{window}s", "$time_basis": "1"}
    rows = server.query(expand(compensated_requests(), ranges), at)
    return sum(float(row["metric"]["payout_usd"]) for row in rows)


def scrapes(server: Prometheus, target: str) -> float:
    """How often Prometheus scraped the exporter."""
    return server.value(f'count_over_time(up{{instance="{target}"}}[1h])') or 0


def test_the_stack_shows_a_month_of_logs_at_first_sight(tmp_path: Path) -> None:
    """`make stack LOGS=…`: as soon as it runs, the past is there, and the present goes on."""
    now = time.time()
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "a.jsonl").write_text(month(now))
    ports = {name: free_port() for name in ("exporter", "prometheus")}
    command = [sys.executable, "-m", "tools.stack", f"--data={tmp_path / 'data'}"]
    command += [f"--{name}-port={port}" for name, port in ports.items()]
    command += [str(logs / "*.jsonl")]
    with running(command, tmp_path / "stack.log") as stack:
        wait_until(lambda: stack.logged("Running"), "it runs", 90)
        server = Prometheus(f"http://127.0.0.1:{ports['prometheus']}")
        past = wait_until(
            lambda: server.value(rise("zenmux_requests_total", 31 * DAY)), "the past is there"
        )
        assert past >= 120
        assert stack.stop() == 0
