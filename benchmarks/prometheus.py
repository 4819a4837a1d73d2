"""A real Prometheus: filled from text, and queried like Grafana does."""

import contextlib
import json
import re
import socket
import subprocess
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .history import DAY
from .running import get, wait

_BOARDS = Path(__file__).resolve().parent.parent / "grafana" / "dashboards"
_REFERENCE = re.compile(r"\$(?:(\w+)|\{(\w+)[^}]*\})")
# The number of bars in the dashboards by default.
_BARS = 28


@dataclass(frozen=True, slots=True)
class Query:
    """A query of a panel, as Grafana sends it."""

    board: str
    title: str
    text: str
    is_range: bool


def queries() -> list[Query]:
    """Return all queries of the committed dashboards."""
    return [
        # The strip below a main figure has no title, but a legend.
        Query(path.stem, panel["title"] or target["legendFormat"], target["expr"], target["range"])
        for path in sorted(_BOARDS.glob("*.json"))
        for panel in _panels(json.loads(path.read_text()))
        for target in panel.get("targets", ())
    ]


def _panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all panels, also those of collapsed rows."""
    nested = [inner for panel in board["panels"] for inner in panel.get("panels", ())]
    return [*board["panels"], *nested]


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A running server."""

    url: str

    def ask(self, query: Query, end: int, seconds: int) -> float:
        """Return how long a query takes over a range, with all filters at All."""
        step = max(60, seconds // _BARS // 60 * 60)
        values = {"__range": f"{seconds}s", "__range_s": f"{seconds}", "__interval": f"{step}s"}
        values |= {"__rate_interval": f"{step}s", "__to": f"{end}"}
        text = _REFERENCE.sub(lambda found: values.get(found[1] or found[2], ".*"), query.text)
        asked: dict[str, object] = {"query": text, "time": end}
        if query.is_range:
            asked |= {"start": (end - seconds) // step * step, "end": end // step * step}
            asked |= {"step": step}
        kind = "query_range" if query.is_range else "query"
        begun = time.perf_counter()
        status, body = get(f"{self.url}/api/v1/{kind}?{urllib.parse.urlencode(asked)}")
        took = time.perf_counter() - begun
        assert status == 200, (query, body)
        return took

    def own(self, name: str) -> dict[str, float]:
        """Return a metric of the server itself, by label text."""
        text = get(f"{self.url}/metrics")[1].decode()
        found = re.findall(rf"^{name}(\{{[^}}]*\}})? (\S+)$", text, re.MULTILINE)
        return {labels: float(value) for labels, value in found}


def fill(folder: Path, parts: Iterator[Iterator[str]]) -> None:
    """Create blocks from texts, each of at most a day."""
    for part in parts:
        path = folder / "part.txt"
        with path.open("w") as file:
            file.writelines(part)
            file.write("# EOF\n")
        blocks = ["tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=24h"]
        command = ["promtool", *blocks, str(path), str(folder / "data")]
        subprocess.run(command, check=True, capture_output=True)
        path.unlink()


def days(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the days of a time range."""
    for begin in range(start, end, DAY):
        yield begin, min(begin + DAY, end)


@contextlib.contextmanager
def serving(folder: Path, config: str) -> Iterator[Prometheus]:
    """Serve the blocks of a folder within a `with` statement."""
    (folder / "prometheus.yml").write_text(config)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = ["prometheus", f"--config.file={folder / 'prometheus.yml'}"]
    command += [f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address={address}"]
    command += ["--storage.tsdb.retention.time=9000d"]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait(lambda: get(f"http://{address}/-/ready")[0] == 200)
        yield Prometheus(f"http://{address}")
    finally:
        process.kill()
        process.wait()
