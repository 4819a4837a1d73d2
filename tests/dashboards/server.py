"""A real Prometheus that holds a history and scrapes nothing; Grafana's part in asking it."""

import contextlib
import json
import subprocess
import urllib.parse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from programs import Prometheus, get, prometheus

from dashboards.history import Simulation
from grafana import queries
from grafana.reading import Query, expand

DAY = 86_400
FLAGS = ("--storage.tsdb.retention.time=9000d",)
Results = list[dict[str, Any]]


def simulate(
    simulation: Simulation, lines: list[tuple[float, bytes]], scrapes: list[int]
) -> Iterator[tuple[int, str]]:
    """Read and scrape in the order of time; yields each scrape's time and text."""
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


@contextlib.contextmanager
def serving(folder: Path, told: Iterator[tuple[int, str]]) -> Iterator[Prometheus]:
    """Load what scrapes were told, and serve it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "history.txt"
    with path.open("w") as file:
        file.writelines(text for _, text in told)
        file.write("# EOF\n")
    # By default it would read the whole file again for each two hours.
    blocks = ["tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=486h"]
    command = ["promtool", *blocks, path.name, "data"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    path.unlink()
    with prometheus(folder, "{}", *FLAGS) as server:
        yield server


def values(seconds: int, step: int, chosen: Mapping[str, str]) -> dict[str, str]:
    """What Grafana fills in for macros, and for variables that are not All."""
    macros = {"$__range": f"{seconds}s", "$__range_s": str(seconds), "$__interval": f"{step}s"}
    return {**macros, "$__rate_interval": f"{max(step, 4000)}s", "$time_basis": "1", **chosen}


def settled(server: Prometheus, end: int, seconds: int, step: int) -> str:
    """What Grafana fills in for the hidden filter of settled exporters."""
    return instances(server, queries.settled(), end, seconds, step, {})


def instances(
    server: Prometheus,
    expression: str,
    end: int,
    seconds: int,
    step: int,
    chosen: Mapping[str, str],
) -> str:
    """What Grafana fills in for a hidden filter: the instances that its query finds."""
    filled = values(seconds, step, {"$granularity": f"{step}s", **chosen})
    found = server.query(expand(expression, filled), end)
    return f"({'|'.join(row['metric']['instance'] for row in found)})"


def ask(
    server: Prometheus, query: Query, end: int, seconds: int, step: int, chosen: Mapping[str, str]
) -> Results:
    """A query's answer as Grafana asks it: charts at multiples of the step, rounded down."""
    asked: dict[str, object] = {
        "query": expand(query.text, values(seconds, step, chosen)),
        "time": end,
    }
    if query.target["range"]:
        asked |= {"start": (end - seconds) // step * step, "end": end // step * step, "step": step}
    kind = "query_range" if query.target["range"] else "query"
    status, body = get(f"{server.url}/api/v1/{kind}?{urllib.parse.urlencode(asked)}")
    assert status == 200, (query.place, body)
    return list(json.loads(body)["data"]["result"])
