"""Serve a history with a real Prometheus, and query it like Grafana."""

import contextlib
import json
import subprocess
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dashboards.committed import Query, expand, load, queries, selectors
from dashboards.recording import Recorder, lines, parse
from dashboards.simulation import Simulation
from programs import Prometheus, get, prometheus

DAY = 86_400
FLAGS = ("--storage.tsdb.retention.time=9000d",)
Results = list[dict[str, Any]]
# A history needs only these metrics, which keeps it small.
ASKED = frozenset(
    selector.name
    for board in load().values()
    for query in queries(board)
    for selector in selectors(query.text)
)


# An evaluation follows a moment after the scrape that it sees, never at a whole minute.
DELAY = 7.321


def simulate(
    simulation: Simulation, lines: list[tuple[float, bytes]], scrapes: list[int]
) -> Iterator[tuple[int, str]]:
    """Read and scrape in time order; yield time and text of each scrape."""
    queue = iter([*lines, (float("inf"), b"")])
    at, line = next(queue)
    for now in scrapes:
        due = []
        while at < now:
            due.append(line)
            at, line = next(queue)
        # Read half a second before the scrape, as the exporter looks twice a second.
        simulation.read(due, now - 0.5)
        yield now, simulation.scrape(now)
        simulation.truth.note(now + DELAY, simulation.oracle.totals())


def recorded(scrapes: Iterable[tuple[int, str]]) -> Iterator[str]:
    """Evaluate after each scrape; yield OpenMetrics lines of everything that dashboards read."""
    recorder = Recorder(ASKED)
    for now, text in scrapes:
        samples = parse(text)
        yield from lines(samples, now, ASKED)
        yield from lines(recorder.evaluate(samples, now + DELAY), now + DELAY, ASKED)


@contextlib.contextmanager
def serving(folder: Path, history: Iterable[str]) -> Iterator[Prometheus]:
    """Load OpenMetrics lines into a Prometheus and serve them."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "history.txt"
    with path.open("w") as file:
        file.writelines(history)
        file.write("# EOF\n")
    # With the default of two hours, promtool rereads the whole file for each block.
    blocks = ["tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=486h"]
    command = ["promtool", *blocks, path.name, "data"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    path.unlink()
    with prometheus(folder, "{}", *FLAGS) as server:
        yield server


def values(end: int, seconds: int, step: int, chosen: Mapping[str, str]) -> dict[str, str]:
    """Return Grafana's values of macros, and of variables other than All."""
    macros = {"$__range": f"{seconds}s", "$__range_s": str(seconds), "$__interval": f"{step}s"}
    return {**macros, "$__rate_interval": f"{max(step, 4000)}s", "$__to": str(end), **chosen}


def ask(
    server: Prometheus, query: Query, end: int, seconds: int, step: int, chosen: Mapping[str, str]
) -> Results:
    """Run a query like Grafana: align ranges down to multiples of the step."""
    asked: dict[str, object] = {
        "query": expand(query.text, values(end, seconds, step, chosen)),
        "time": end,
    }
    if query.target["range"]:
        asked |= {"start": (end - seconds) // step * step, "end": end // step * step, "step": step}
    kind = "query_range" if query.target["range"] else "query"
    status, body = get(f"{server.url}/api/v1/{kind}?{urllib.parse.urlencode(asked)}")
    assert status == 200, (query.place, body)
    return list(json.loads(body)["data"]["result"])
