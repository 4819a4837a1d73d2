"""From clone to first graph: the demo behind a real Prometheus fills every panel."""

import json
import signal
import sys
import time
import urllib.parse
from pathlib import Path

from dashboards.committed import expand, load
from dashboards.committed import queries as queries_of
from grafana.panels.status import NOTICES
from programs import Prometheus, free_port, get, real_prometheus, running, wait_until

pytestmark = real_prometheus
# What a viewer looks at: the last minutes of a stack that was started just now.
# The demo stays below every limit and never contradicts itself, and what can't be read comes once
# in minutes. Its API never fails, and it has no ids to resolve.
RARE = (
    "label_overflow:",
    "conflicts:",
    "invalid_records:",
    "field_faults:",
    "source_lost_bytes:",
    "source_nul_bytes:",
    "http_refused_total",
    "push_requests_total",
    "otlp_ignored_total",
    "api_errors_total",
    "exporter_generations_",
    "exporter_kafka_",
)
WINDOWS = {"$__range": "300s", "$__range_s": "300", "$__interval": "60s"}
# The other models beside ten may be none; nothing was there in the range before.
EMPTY = ("Other", *NOTICES)


def test_demo_fills_every_panel(tmp_path: Path) -> None:
    """`make stack`: the demo's series within a minute, and data for every query soon after."""
    ports = {name: free_port() for name in ("exporter", "prometheus")}
    command = [sys.executable, "-m", "tools.stack", f"--data={tmp_path}"]
    command += [f"--{name}-port={port}" for name, port in ports.items()]
    with running(command, tmp_path / "stack.log", signal.SIGTERM) as stack:
        server = Prometheus(f"http://127.0.0.1:{ports['prometheus']}")
        wait_until(
            lambda: server.value('sum(zenmux_requests_total{job="zenmux-demo"})'),
            "the demo's series are there within a minute",
            60,
        )
        assert server.value("zenmux_exporter_demo") == 1
        empty = everything()

        def filled() -> bool:
            # What was answered once is not asked again.
            empty[:] = [text for text in empty if not answered(server, text)]
            return not empty

        try:
            wait_until(filled, "every panel has data", 180, every=2)
        except AssertionError as error:
            raise AssertionError(f"no data: {empty}") from error
        assert stack.stop() == 0


def everything() -> list[str]:
    """Return the queries of all dashboards."""
    return [
        query.text
        for board in load().values()
        for query in queries_of(board)
        if query.target.get("legendFormat") not in EMPTY
        and "offset $__range" not in query.text
        and not any(rare in query.text for rare in RARE)
    ]


def answered(server: Prometheus, text: str) -> bool:
    """Return True if a query has a result at some time of the last minutes."""
    now = time.time()
    # All variables are at All.
    query = expand(text, {**WINDOWS, "$__to": f"{now:.0f}"})
    asked = {"query": query, "start": now - 90, "end": now, "step": 30}
    status, body = get(f"{server.url}/api/v1/query_range?{urllib.parse.urlencode(asked)}")
    return status == 200 and bool(json.loads(body)["data"]["result"])
