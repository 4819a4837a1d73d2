"""Dashboard queries over a month of a large account, and evaluation of the recording rules."""

import http.server
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .history import DAY, HOUR, MINUTE, TARGET, Account, exposition, sparse, totals
from .prometheus import Prometheus, Query, days, fill, queries, serving
from .running import wait
from .sizes import Sizes, Table

_RULES = Path(__file__).resolve().parent.parent / "prometheus" / "rules" / "increases.yml"
_RANGES = {"24 h": DAY, "7 d": 7 * DAY, "30 d": 30 * DAY}
_SLOWEST = 6
# Compaction of fresh blocks would compete with the queries.
_QUIET_SECONDS = 60.0
_RULED = """
global: {{scrape_interval: 10s}}
rule_files: [increases.yml]
scrape_configs:
  - job_name: {job}
    static_configs: [{{targets: ["127.0.0.1:{port}"], labels: {{instance: "{instance}"}}}}]
"""


def dashboards(sizes: Sizes) -> Iterator[tuple[str, Table]]:
    """Measure the queries of each dashboard, one by one, and an evaluation of the rules."""
    number = f"{sizes.models} models, {sizes.keys} keys, {sizes.providers} providers"
    yield from _measured(f"{number}: {sizes.minute_requests:g} requests a minute", sizes, dense=1)
    yield from _measured(f"{number}: all of them busy", sizes, dense=sizes.dense)
    yield f"rules: one evaluation, {number}", _evaluation(sizes)


def _measured(title: str, sizes: Sizes, dense: int) -> Iterator[tuple[str, Table]]:
    account = Account(sizes.models, sizes.keys, sizes.providers, sizes.minute_requests * dense)
    end = int(time.time()) // MINUTE * MINUTE
    start = end - max(DAY, sizes.days * DAY // dense)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, (sparse(account, *one, sizes.seed) for one in days(start, end)))
        with serving(folder, "{}") as server:
            _settle(server, sizes)
            ranges = {name: one for name, one in _RANGES.items() if one <= end - start}
            took = {
                (span, query): min(server.ask(query, end, seconds) for _ in range(2))
                for span, seconds in ranges.items()
                for query in queries()
            }
    yield f"dashboards: seconds, {title}", _boards(took, ranges)
    longest = list(ranges)[-1]
    yield f"slowest queries: seconds at {longest}, {title}", _slowest(took, longest)


def _settle(server: Prometheus, sizes: Sizes) -> None:
    """Wait until the server has not compacted anything for a while."""
    name = "prometheus_tsdb_compactions_total"
    quiet = time.monotonic()
    seen = server.own(name)

    def is_quiet() -> bool:
        nonlocal quiet, seen
        time.sleep(0.5)
        if server.own(name) != seen:
            quiet, seen = time.monotonic(), server.own(name)
        return time.monotonic() - quiet > min(_QUIET_SECONDS, sizes.seconds * 3)

    wait(is_quiet)


def _boards(took: dict[tuple[str, Query], float], ranges: dict[str, int]) -> Table:
    return {
        board: {
            f"{span} {column}": combined(
                [one for (s, query), one in took.items() if (s, query.board) == (span, board)]
            )
            for span in ranges
            for column, combined in (("slowest", max), ("all", sum))
        }
        for board in dict.fromkeys(query.board for _, query in took)
    }


def _slowest(took: dict[tuple[str, Query], float], span: str) -> Table:
    ranked = sorted(took.items(), key=lambda one: -one[1])
    rows = [(query, seconds) for (s, query), seconds in ranked if s == span][:_SLOWEST]
    return {
        f"{query.board}: {query.title} ({place})": {"seconds": seconds}
        for place, (query, seconds) in enumerate(rows, 1)
    }


def _evaluation(sizes: Sizes) -> Table:
    """Measure an evaluation of all rules for a full exporter with six hours of totals."""
    account = Account(sizes.models, sizes.keys, sizes.providers, 0)
    now = int(time.time()) // MINUTE * MINUTE
    text = "".join(f"{series} 1\n" for series in exposition(account)).encode()
    with tempfile.TemporaryDirectory() as name, _exposing(text) as port:
        folder = Path(name)
        fill(folder, iter([totals(account, now - sizes.lookback_hours * HOUR, now)]))
        # Evaluate as often as scraping, to get evaluations soon.
        rules = _RULES.read_text().replace("interval: 1m", "interval: 10s")
        (folder / "increases.yml").write_text(rules)
        with serving(folder, _RULED.format(port=port, **TARGET)) as server:
            wait(lambda: sum(server.own("prometheus_rule_evaluations_total").values()) > 0)
            took = [_next_evaluation(server) for _ in range(sizes.evaluations)]
            failed = sum(server.own("prometheus_rule_evaluation_failures_total").values())
    row = {"raw series": float(text.count(b"\n")), "seconds, slowest": max(took), "failed": failed}
    return {"increases.yml": row}


def _next_evaluation(server: Prometheus) -> float:
    at, took = (
        f"prometheus_rule_group_last_{what}_seconds"
        for what in ("evaluation_timestamp", "duration")
    )
    before = server.own(at)
    wait(lambda: server.own(at) != before)
    return max(server.own(took).values())


@contextmanager
def _exposing(text: bytes) -> Iterator[int]:
    """Serve an exposition; yield the port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()
