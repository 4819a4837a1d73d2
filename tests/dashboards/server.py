"""Serve a history with a real Prometheus, and query it as Grafana does."""

import contextlib
import json
import subprocess
import urllib.parse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from programs import Prometheus, get, prometheus

from dashboards.committed import Query, expand
from dashboards.simulation import Simulation
from grafana.promql.recorded_sums import settled_exporters

DAY = 86_400
FLAGS = ("--storage.tsdb.retention.time=9000d",)
Results = list[dict[str, Any]]


def simulate(
    simulation: Simulation, lines: list[tuple[float, bytes]], scrapes: list[int]
) -> Iterator[tuple[int, str]]:
    """Read and scrape in order of time; yield the time and text of each scrape."""
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
def serving(folder: Path, scrapes: Iterator[tuple[int, str]]) -> Iterator[Prometheus]:
    """Load the scrapes into a Prometheus and serve them."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "history.txt"
    with path.open("w") as file:
        file.writelines(text for _, text in scrapes)
        file.write("# EOF\n")
    # With the default of two hours, promtool rereads the whole file for each block.
    blocks = ["tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=486h"]
    command = ["promtool", *blocks, path.name, "data"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    path.unlink()
    with prometheus(folder, "{}", *FLAGS) as server:
        yield server


def values(seconds: int, step: int, chosen: Mapping[str, str]) -> dict[str, str]:
    """Return Grafana's values of macros, and of variables that are not All."""
    macros = {"$__range": f"{seconds}s", "$__range_s": str(seconds), "$__interval": f"{step}s"}
    return {**macros, "$__rate_interval": f"{max(step, 4000)}s", "$time_basis": "1", **chosen}


def settled(server: Prometheus, end: int, seconds: int, step: int) -> str:
    """Return Grafana's value of the hidden variable of settled exporters."""
    return instances(server, settled_exporters(), end, seconds, step, {})


def instances(
    server: Prometheus,
    expression: str,
    end: int,
    seconds: int,
    step: int,
    chosen: Mapping[str, str],
) -> str:
    """Return Grafana's value of a hidden variable: the instances that its query returns."""
    filled = values(seconds, step, {"$granularity": f"{step}s", **chosen})
    found = server.query(expand(expression, filled), end)
    return f"({'|'.join(row['metric']['instance'] for row in found)})"


def ask(
    server: Prometheus, query: Query, end: int, seconds: int, step: int, chosen: Mapping[str, str]
) -> Results:
    """Run a query as Grafana does: ranges are aligned down to multiples of the step."""
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
