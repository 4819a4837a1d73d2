"""A flood of distinct values: memory must stay constant, and sums exact.

Each line has a new model, key, provider, plan, token type, item, error type, finish reason and type
of compensation; every second line combines values within the labels' limits.
"""

import re
import resource
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from exporter.metrics.first_scrape import FirstScrapeTracker

from .lines import START_MS
from .memory import resident
from .running import Program, exporter, wait
from .sizes import Sizes, Table

_STEPS = 5
_LINE = (
    '{{"id":"{n}","timestamp":{ms},"model":"m{m}{pad}","provider":"p{p}","api_key":"k{k}",'
    '"plan":"plan{n}","tokens":{{"prompt":1,"t{n}":2}},"costs_usd":{{"prompt":"0.000001",'
    '"i{n}":"0.000002"}},"latency_ms":5,"generation_ms":7,"status":"error","error_type":"e{n}",'
    '"finish_reason":"f{n}","compensation":{{"type":"c{n}","payout_usd":"0.000003"}}}}\n'
)
# What a line adds to the sum of each metric.
_EXPECTED = {
    "zenmux_requests_total": "1",
    "zenmux_request_errors_total": "1",
    "zenmux_finish_reasons_total": "1",
    "zenmux_tokens_total": "3",
    "zenmux_cost_usd_total": "0.000003",
    "zenmux_insurance_compensations_total": "1",
    "zenmux_insurance_payout_usd_total": "0.000003",
}
# Small windows: users choose their size, and they grow up to it, with 80 bytes per id.
_CONFIG = """
sources: [{{name: flood, type: file, path: "{log}"}}]
storage: {{id_window: {window}, payout_window: {window}, facts_window: {window}}}
"""


def flood(sizes: Sizes) -> Iterator[tuple[str, Table]]:
    """Measure the running exporter while a million distinct values of each label arrive."""
    with tempfile.TemporaryDirectory() as name:
        log, config = Path(name) / "flood.jsonl", Path(name) / "exporter.yml"
        log.touch()
        config.write_text(_CONFIG.format(log=log, window=max(1, sizes.backlog // 100)))
        with exporter(Path(name) / "exporter", [f"--config.file={config}"]) as program:
            program.wait_ready()
            rows = {"no lines": _row(program)}
            for step in range(_STEPS):
                end = sizes.backlog * (step + 1) // _STEPS
                _write(log, sizes.backlog * step // _STEPS, end)
                wait(lambda end=end: program.counted() >= end)
                rows[f"{end:,} lines"] = _row(program)
            text = program.get("/metrics")[1].decode()
    yield "flood: the running exporter", rows
    yield f"flood: sums after {sizes.backlog:,} lines", _sums(text, sizes.backlog)
    yield "flood: scrapers remembered", {f"{sizes.backlog:,} names": _scrapers(sizes.backlog)}


def _write(log: Path, start: int, end: int) -> None:
    with log.open("a") as file:
        for n in range(start, end):
            # With 1000 models, 900 keys and 190 providers, most combinations are new.
            m, k, p = (n, n, n) if n % 2 else (n % 1000, n // 7 % 900, n % 190)
            pad = "x" * 200 if n % 5 == 0 else " " * (n % 3)
            file.write(_LINE.format(n=n, ms=START_MS + n, m=m, k=k, p=p, pad=pad))


def _row(program: Program) -> dict[str, float]:
    status = Path(f"/proc/{program.process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s*(\d+) kB", status)
    body = program.get("/metrics")[1]
    return {
        "resident MB": program.resident() / 1e6,
        "peak MB": int(found[1]) * 1024 / 1e6 if found else 0,
        "MB of /metrics": len(body) / 1e6,
        "lines of /metrics": body.count(b"\n"),
    }


def _sums(text: str, lines: int) -> Table:
    table: Table = {}
    for metric, each in _EXPECTED.items():
        values = re.findall(rf"^{metric}\{{.*\}} (\S+)$", text, re.MULTILINE)
        total, expected = sum(map(Decimal, values)), Decimal(each) * lines
        row = {"sum": total, "expected": expected, "off by": abs(total - expected)}
        table[metric] = {name: float(value) for name, value in row.items()}
    return table


def _scrapers(names: int) -> dict[str, float]:
    """Return what scrapers leave behind if each uses a new name."""
    tracker, before = FirstScrapeTracker({}), resident()
    remembered = 0
    for number in range(names):
        update = tracker.update(f"scraper {number}", START_MS, 7)
        if update is not None:
            tracker.apply(update)
            remembered += 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {
        "remembered": remembered,
        "MB more": max(0, resident() - before) / 1e6,
        "peak MB": peak / 1e6,
    }
