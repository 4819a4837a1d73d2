"""The command `run` as users run it: real processes, real files, a real Prometheus."""

import shutil
import signal
import subprocess
from functools import partial
from pathlib import Path

from programs import (
    exporter,
    exporter_command,
    free_port,
    get,
    prometheus,
    real_prometheus,
    wait_until,
)

SCRAPE = """
scrape_configs:
  - job_name: zenmux
    scrape_interval: 1s
    static_configs: [{{targets: ["{target}"]}}]
"""


def line(number: int, **fields: str) -> str:
    """Return a native record."""
    extra = "".join(f', "{name}": {value}' for name, value in fields.items())
    return f'{{"id": "gen_{number}", "timestamp": "2026-11-01T00:00:00Z", "model": "m"{extra}}}\n'


def requests(url: str) -> int:
    """Return the exposed number of successful requests of model `m`."""
    start = 'zenmux_requests_total{api_key="unknown",model="m",provider="unknown",plan="payg",'
    for text in get(f"{url}/metrics")[1].splitlines():
        if text.startswith(start + 'outcome="success"'):
            return int(text.rsplit(" ", 1)[1])
    return 0


def test_follows_and_stops(tmp_path: Path) -> None:
    """New lines, new files and rotation are followed; SIGTERM exits with 0 in time."""
    log = tmp_path / "requests.jsonl"
    log.write_text(line(1) + line(2)[:20])
    with exporter(tmp_path, str(tmp_path / "*.jsonl")) as (program, url):
        wait_until(lambda: requests(url) == 1, "the first line is counted")
        with log.open("a") as file:
            file.write(line(2)[20:] + line(3))
        wait_until(lambda: requests(url) == 3, "the rest is counted")
        (tmp_path / "later.jsonl").write_text(line(4))
        wait_until(lambda: requests(url) == 4, "a file that appears later is counted")
        log.rename(tmp_path / "requests.jsonl.1")
        log.write_text(line(5))
        wait_until(lambda: requests(url) == 5, "rotation is followed")
        program.process.send_signal(signal.SIGTERM)
        assert program.process.wait(5) == 0


def test_restart_continues(tmp_path: Path) -> None:
    """Totals and positions survive a kill; nothing is counted twice or missed."""
    log = tmp_path / "requests.jsonl"
    log.write_text(line(1) + line(2))
    with exporter(tmp_path, str(log)) as (program, url):
        wait_until(lambda: requests(url) == 2, "both are counted")
        program.stop(signal.SIGKILL)
    with log.open("a") as file:
        file.write(line(3) + line(1))
    with exporter(tmp_path, str(log)) as (_, url):
        assert requests(url) >= 2
        wait_until(lambda: requests(url) == 3, "the new line is counted, the old ones are not")
        text = get(f"{url}/metrics")[1]
    assert f'zenmux_exporter_records_total{{source="{log}",result="duplicate"}} 1' in text


def test_second_exporter_refuses(tmp_path: Path) -> None:
    """A second exporter on the same ledger exits with 1 and names the reason."""
    with exporter(tmp_path, str(tmp_path / "x.jsonl")):
        command = exporter_command(
            "run",
            str(tmp_path / "x.jsonl"),
            "--web.listen-address=127.0.0.1:0",
            f"--storage.path={tmp_path / 'state'}",
        )
        second = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 1
    assert "another exporter uses this ledger" in second.stderr


def test_port_in_use(tmp_path: Path) -> None:
    """A port in use is reported, with exit code 1."""
    with exporter(tmp_path, str(tmp_path / "x.jsonl")) as (_, url):
        command = exporter_command(
            "run",
            str(tmp_path / "x.jsonl"),
            f"--web.listen-address={url.removeprefix('http://')}",
            f"--storage.path={tmp_path / 'other'}",
        )
        second = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 1
    address = url.removeprefix("http://")
    assert f"cannot listen on {address}: Address already in use\n" in second.stderr


def test_once_and_check(tmp_path: Path) -> None:
    """`once` prints the exposition; `check` lists all errors and exits with 2."""
    log = tmp_path / "requests.jsonl"
    log.write_text(line(1).rstrip("\n"))
    once = subprocess.run(
        exporter_command("once", str(log)), capture_output=True, text=True, check=True
    )
    assert 'outcome="success"} 1' in once.stdout
    missing = subprocess.run(
        exporter_command("once", str(tmp_path / "none.jsonl")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert missing.returncode == 1
    assert "none.jsonl: cannot be read: No such file or directory" in missing.stderr
    config = tmp_path / "bad.yml"
    config.write_text("sources: [{nme: x}]\nlabels: {model: {limit: -1}}\n")
    check = subprocess.run(
        exporter_command("check", f"--config.file={config}"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 2
    assert len(check.stderr.splitlines()) >= 2


class TestPrometheus:
    """Tests with a real Prometheus and promtool."""

    pytestmark = real_prometheus

    def test_scraped(self, tmp_path: Path) -> None:
        """A real Prometheus scrapes totals and exemplars."""
        log = tmp_path / "requests.jsonl"
        log.write_text(line(1, latency_ms="250"))
        with exporter(tmp_path, str(log)) as (_, url):
            wait_until(lambda: get(f"{url}/-/ready")[0] == 200, "the exporter is ready")
            config = SCRAPE.format(target=url.removeprefix("http://"))
            flags = ("--enable-feature=exemplar-storage",)
            with prometheus(tmp_path / "prometheus", config, *flags) as server:
                wait_until(
                    lambda: server.value('sum(zenmux_requests_total{outcome="success"})') == 1,
                    "the first request is scraped",
                )
                with log.open("a") as file:
                    file.write(line(2, latency_ms="300"))
                wait_until(
                    lambda: server.value('sum(zenmux_requests_total{outcome="success"})') == 2,
                    "the second request is scraped",
                )
                assert server.value('up{job="zenmux"}') == 1
                exemplars = get(
                    f"{server.url}/api/v1/query_exemplars"
                    "?query=zenmux_time_to_first_token_seconds_bucket&start=0&end=4e9"
                )[1]
                assert "gen_1" in exemplars

    def test_promtool_finds_nothing(self, tmp_path: Path) -> None:
        """`promtool check metrics` accepts the whole exposition."""
        log = tmp_path / "requests.jsonl"
        fields = {
            "tokens": '{"prompt": 1, "completion": 2, "web_search": 1}',
            "cost_usd": "1",
            "discount_usd": "0.1",
            "latency_ms": "1",
            "generation_ms": "1",
            "compensation": '{"payout_usd": 1, "paid_at": 1793600000}',
        }
        log.write_text(line(1, **fields) + line(2, status="500"))
        with exporter(tmp_path, str(log)) as (_, url):
            wait_until(lambda: get(f"{url}/-/ready")[0] == 200, "the exporter is ready")
            text = get(f"{url}/metrics")[1]
        promtool = shutil.which("promtool")
        assert promtool is not None
        check = subprocess.run(
            [promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False
        )
        assert (check.returncode, check.stdout + check.stderr) == (0, "")


def test_a_pipe(tmp_path: Path) -> None:
    """Standard input is counted; lines repeated after a restart count once."""
    lines = "".join(f'{{"id": "{n}", "timestamp": 1793491200, "model": "m"}}\n' for n in range(5))
    for duplicates in (0, 5):
        port = free_port()
        command = exporter_command("run", "-", f"--web.listen-address=127.0.0.1:{port}")
        with subprocess.Popen(
            [*command, f"--storage.path={tmp_path}"], stdin=subprocess.PIPE, text=True
        ) as running:
            assert running.stdin is not None
            running.stdin.write(lines)
            running.stdin.close()
            wait_until(partial(_has_counted, port, 5, duplicates), "the pipe is counted")
            running.terminate()


def _has_counted(port: int, accepted: int, duplicates: int) -> bool:
    text = get(f"http://127.0.0.1:{port}/metrics")[1]
    results = {"accepted": accepted, "duplicate": duplicates}
    name = "zenmux_exporter_records_total"
    return all(f'{name}{{source="-",result="{key}"}} {n}\n' in text for key, n in results.items())
