"""The rules that record increases, with a real Prometheus and exporter."""

import shutil
import signal
from pathlib import Path

from dashboards.recording import READY, ROWS
from programs import Prometheus, exporter, free_port, prometheus, real_prometheus, wait_until
from rules.rule_files import FOLDER

pytestmark = real_prometheus
CONFIG = """
rule_files: [increases.yml]
scrape_configs:
  - job_name: zenmux
    scrape_interval: 500ms
    params: {{scraper: [a]}}
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""
BUCKET = "provider:zenmux_request_duration_seconds_bucket:increase"
PAYOUT = 0.5
HISTORY = 40


def line(model: str, number: int = 1) -> str:
    """Return the line of a slow, compensated request."""
    return (
        f'{{"id": "{model}-{number}", "timestamp": "2026-11-01T00:00:00Z", "model": "{model}",'
        ' "api_key": "key", "latency_ms": 500, "generation_ms": 900,'
        f' "compensation": {{"type": "high_latency", "payout_usd": "{PAYOUT}"}}}}\n'
    )


class Setting:
    """A log, the exporter's arguments, and a Prometheus folder with faster rules."""

    def __init__(self, folder: Path) -> None:
        """Write the history and a copy of the rules with an interval of a second."""
        self.folder = folder
        self.log = folder / "requests.jsonl"
        self.log.write_text("".join(line("old", number) for number in range(HISTORY)))
        port = free_port()
        self.arguments = (str(self.log), f"--web.listen-address=127.0.0.1:{port}")
        self.config = CONFIG.format(port=port)
        self.data = folder / "prometheus"
        self.data.mkdir()
        text = (FOLDER / "increases.yml").read_text()
        assert "interval: 1m" in text
        (self.data / "increases.yml").write_text(text.replace("interval: 1m", "interval: 1s"))

    def append(self, model: str, number: int = 1) -> None:
        """Append a request."""
        with self.log.open("a") as file:
            file.write(line(model, number))


def added(server: Prometheus, name: str, matchers: str = "") -> float:
    """Return the sum of a recorded increase."""
    return server.value(f"sum(sum_over_time({name}{{{matchers}}}[1h]))") or 0.0


def requests_of(server: Prometheus, *models: str) -> dict[str, float]:
    """Return the recorded number of requests by model."""
    name = "provider:zenmux_requests:increase"
    return {model: added(server, name, f'model="{model}"') for model in models}


def expect(server: Prometheus, **requests: int) -> None:
    """Wait until each model has exactly this many requests, at all levels."""
    wait_until(lambda: requests_of(server, *requests) == requests, f"{requests}")
    total = sum(requests.values())
    recorded: dict[tuple[str, str], float] = {
        ("api_key:zenmux_requests:increase", ""): total,
        ("api_key:zenmux_insurance_compensations:increase", ""): total,
        ("api_key:zenmux_insurance_payout_usd:increase", ""): total * PAYOUT,
        ("provider:zenmux_request_duration_seconds_count:increase", ""): total,
        (BUCKET, 'le="+Inf"'): total,
        (BUCKET, 'le="1.0"'): 0,
        (ROWS, ""): total * PAYOUT,
    }

    def told() -> dict[tuple[str, str], float]:
        return {one: added(server, *one) for one in recorded}

    # The rules of an evaluation run one after the other, so wait for all.
    wait_until(lambda: told() == recorded, f"all of {total}")


def evaluated_again(server: Prometheus) -> None:
    """Wait for two more evaluations that see a ready exporter."""
    before = server.value(f"max({READY})") or 0.0
    wait_until(lambda: (server.value(f"max({READY})") or 0.0) > before + 1.5, "evaluated again")


def test_every_request_counts_once(tmp_path: Path) -> None:
    """Every request counts once across a kill, downtime of both, and a new ledger."""
    setting = Setting(tmp_path)
    with prometheus(setting.data, setting.config) as server:
        with exporter(tmp_path, *setting.arguments) as (program, _):
            evaluated_again(server)
            assert added(server, "source:zenmux_exporter_records:increase") == 0
            expect(server, old=0)
            setting.append("new")
            setting.append("old", HISTORY)
            expect(server, old=1, new=1)
            setting.append("killed")
            program.stop(signal.SIGKILL)
        setting.append("down")
        with exporter(tmp_path, *setting.arguments):
            expect(server, old=1, new=1, killed=1, down=1)
    with exporter(tmp_path, *setting.arguments) as (program, _):
        # Counted while Prometheus is down; the next evaluation records it.
        setting.append("missed")
        with prometheus(setting.data, setting.config) as server:
            expect(server, old=1, new=1, killed=1, down=1, missed=1)
            program.stop()
            # A new ledger recounts the log, with another name for the key.
            shutil.rmtree(tmp_path / "state")
            (tmp_path / "names.yml").write_text("keys: {key: {name: renamed}}\n")
            renamed = f"--config.file={tmp_path / 'names.yml'}"
            with exporter(tmp_path, *setting.arguments, renamed):
                evaluated_again(server)
                key = 'api_key="renamed"'
                assert server.value(f"sum(zenmux_requests_total{{{key}}})") == HISTORY + 5
                setting.append("last")
                expect(server, old=1, new=1, killed=1, down=1, missed=1, last=1)
                evaluated_again(server)
                expect(server, old=1, new=1, killed=1, down=1, missed=1, last=1)
