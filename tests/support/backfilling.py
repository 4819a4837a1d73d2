"""Backfills for tests: logs, and the OpenMetrics text made from them."""

from collections.abc import Iterable
from pathlib import Path

from exporter.backfill import Report, Wanted, backfill
from exporter.config import Config, Key, Source, Storage
from exporter.demo import KEYS, backlog

DAY = 86_400
NOW = 1_795_000_000
LABELS = {"job": "zenmux", "instance": "127.0.0.1:10464"}
NO_SCRAPE = "scrape_configs: []\n"
KEEP = ("--storage.tsdb.retention.time=10y",)
NATIVE = '{"id": "%s", "timestamp": %d, "model": "m", "provider": "p", "input_tokens": 5}'


def config_of(tmp_path: Path, *paths: Path, shown: int = 2000) -> Config:
    """Return a configuration with the demo's keys."""
    return Config(
        sources=tuple(Source(name=str(path), type="file", path=str(path)) for path in paths),
        keys={identity: Key(name, plan) for identity, (name, plan) in KEYS.items()},
        storage=Storage(path=tmp_path, compensated_requests=shown),
    )


def log_of(tmp_path: Path, lines: Iterable[str | bytes], name: str = "log.jsonl") -> Path:
    """Write a log with these lines."""
    path = tmp_path / name
    rows = (line.encode() if isinstance(line, str) else line for line in lines)
    path.write_bytes(b"".join(row + b"\n" for row in rows))
    return path


def text_of(
    tmp_path: Path, *lines: str, end: int | None = None, step: int | None = None
) -> tuple[Report, list[str]]:
    """Backfill a log; return the report and the OpenMetrics lines."""
    out = tmp_path / "out"
    config = config_of(tmp_path, log_of(tmp_path, lines))
    report = backfill(config, Wanted(out, LABELS, end=end, step=step, as_text=True), lambda: NOW)
    texts = [path.read_text() for path in sorted(out.glob("*.om"))]
    assert all(text.endswith("# EOF\n") for text in texts)
    return report, [line for text in texts for line in text.splitlines()]


def values(lines: list[str], name: str, *labels: str) -> list[tuple[int, str]]:
    """Return (time, value) of the series with this name and these labels."""
    found = [line.rsplit(" ", 2) for line in lines if line.startswith(name)]
    return [
        (int(stamp), value)
        for series, value, stamp in found
        if all(one in series for one in labels)
    ]


def demo_log(
    tmp_path: Path, seed: int, days: int, requests: int, end: int
) -> tuple[Path, list[bytes]]:
    """Write a log of the demo's traffic, with late bills, and payouts on the next day."""
    rate = requests / (days * DAY)
    lines = [event.line for event in backlog(seed, end * 1000, days * DAY, rate)]
    return log_of(tmp_path, lines), lines
