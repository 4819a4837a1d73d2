"""First events are not lost: each scraper sees a new series at zero once."""

import signal
import socket
from functools import partial
from pathlib import Path

from exporter.metrics.first_scrape import MAX_SCRAPERS, CursorUpdate, FirstScrapeTracker
from exporter.positions import ScrapeCursor
from programs import Prometheus, exporter, free_port, get, prometheus, real_prometheus, wait_until

MINUTE = 60_000


def line(model: str, number: int = 1) -> str:
    """Return the line of a slow, compensated request."""
    return (
        f'{{"id": "{model}-{number}", "timestamp": "2026-11-01T00:00:00Z", "model": "{model}",'
        ' "latency_ms": 500, "compensation": {"type": "high_latency", "payout_usd": "0.5"}}\n'
    )


def append(log: Path, text: str) -> None:
    """Append to the log."""
    with log.open("a") as file:
        file.write(text)


def values(url: str, model: str, query: str = "") -> set[str]:
    """Return the values of a model's counters and histogram counts."""
    text = get(f"{url}/metrics{query}")[1]
    return {
        row.rsplit(" ", 1)[1]
        for row in text.split("\n")
        if f'model="{model}"' in row
        and row.startswith(
            ("zenmux_insurance_compensations_total", "zenmux_time_to_first_token_seconds_count")
        )
    }


def test_shown_once_at_zero(tmp_path: Path) -> None:
    """Named scrapers see a new series at zero once; plain clients and history never."""
    log = tmp_path / "requests.jsonl"
    log.write_text(line("old"))
    with exporter(tmp_path, str(log)) as (_, url):
        wait_until(lambda: values(url, "old") == {"1"}, "existing content is counted")
        assert values(url, "old", "?scraper=a") == {"1"}
        append(log, line("new"))
        wait_until(lambda: values(url, "new") == {"1"}, "a plain client sees it")
        assert values(url, "new", "?scraper=a") == {"0"}
        assert values(url, "old", "?scraper=a") == {"1"}
        assert values(url, "new", "?scraper=a") == {"1"}
        # To an unknown scraper recent series are new.
        assert values(url, "new", "?scraper=b") == {"0"}
        assert values(url, "new", "?scraper=b") == {"1"}
        assert values(url, "old", "?scraper=c") == {"1"}
        assert values(url, "new") == {"1"}


def test_cursors_survive_a_kill(tmp_path: Path) -> None:
    """After a kill no series is exposed at zero again, and none is missing."""
    log = tmp_path / "requests.jsonl"
    log.write_text(line("old"))
    with exporter(tmp_path, str(log)) as (program, url):
        wait_until(lambda: values(url, "old", "?scraper=a") == {"1"}, "it is counted")
        append(log, line("new"))
        wait_until(lambda: values(url, "new"), "it is counted")
        assert values(url, "new", "?scraper=a") == {"0"}
        assert values(url, "new", "?scraper=a") == {"1"}
        append(log, line("unseen"))
        wait_until(lambda: values(url, "unseen"), "it is counted")
        program.stop(signal.SIGKILL)
    append(log, line("down"))
    with exporter(tmp_path, str(log)) as (_, url):
        wait_until(lambda: values(url, "down"), "it is counted")
        assert values(url, "new", "?scraper=a") == {"1"}
        assert values(url, "unseen", "?scraper=a") == {"1"}
        assert values(url, "down", "?scraper=a") == {"1"}


def test_aborted_scrape_moves_no_cursor(tmp_path: Path) -> None:
    """A client that disconnects during the response still sees the zeros next time."""
    log = tmp_path / "requests.jsonl"
    log.write_text(line("old"))
    with exporter(tmp_path, str(log)) as (_, url):
        wait_until(lambda: values(url, "old", "?scraper=a") == {"1"}, "it is counted")
        append(log, "".join(line(f"model-{n}") for n in range(900)) + line("new"))
        wait_until(lambda: values(url, "new"), "they are counted")
        host, port = url.removeprefix("http://").split(":")
        for _ in range(3):
            with socket.socket() as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                client.connect((host, int(port)))
                client.sendall(b"GET /metrics?scraper=a HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert client.recv(1000).startswith(b"HTTP/1.1 200")
        assert values(url, "new", "?scraper=a") == {"0"}
        assert values(url, "new", "?scraper=a") == {"1"}


def test_unknown_scraper() -> None:
    """To an unknown scraper series of the last ten minutes are new, except existing content's."""
    tracker = FirstScrapeTracker({})
    tracker.created(0, 1)
    tracker.existing_counted(5)
    assert tracker.shown("a", MINUTE, 5) == 5
    tracker.created(2 * MINUTE, 6)
    tracker.created(3 * MINUTE, 8)
    assert tracker.shown("a", 4 * MINUTE, 9) == 5
    assert tracker.shown("a", 12 * MINUTE + 1, 9) == 7
    assert tracker.shown("a", 14 * MINUTE, 9) == 9


def test_scrapers_are_bounded_and_forgotten() -> None:
    """Scrapers beyond the limit are not tracked; unused cursors expire after a week."""
    cursors = {str(number): ScrapeCursor(1, number) for number in range(MAX_SCRAPERS)}
    tracker = FirstScrapeTracker(cursors)
    assert tracker.shown("new", MINUTE, 9) is None
    assert tracker.update("new", MINUTE, 9) is None
    assert tracker.shown("5", MINUTE, 9) == 1
    later = 7 * 24 * 60 * MINUTE + 1
    update = tracker.update("new", later, 9)
    assert update == CursorUpdate("new", ScrapeCursor(9, later), ("0",))
    tracker.apply(update)
    assert tracker.shown("new", later, 12) == 9


def test_a_cursor_never_moves_back() -> None:
    """A cursor is written only if it advances, or once an hour for the scrape's time."""
    tracker = FirstScrapeTracker({"a": ScrapeCursor(9, 0)})
    assert tracker.update("a", 60 * MINUTE - 1, 9) is None
    assert tracker.update("a", 60 * MINUTE, 3) == CursorUpdate("a", ScrapeCursor(9, 60 * MINUTE))
    tracker.apply(CursorUpdate("a", ScrapeCursor(3, MINUTE)))
    assert tracker.shown("a", MINUTE, 12) == 9


CONFIG = """
scrape_configs:
  - job_name: zenmux
    scrape_interval: 1s
    params: {{scraper: [{name}]}}
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""
COUNTER = 'zenmux_insurance_compensations_total{model="MODEL"}'
HISTOGRAM = 'zenmux_time_to_first_token_seconds_count{model="MODEL"}'


def grown(server: Prometheus, model: str) -> bool:
    """Return True if the range functions see the model's one event."""
    for selector in (COUNTER, HISTOGRAM):
        series = selector.replace("MODEL", model)
        if server.value(f"max_over_time({series}[1h]) - min_over_time({series}[1h])") != 1:
            return False
        if not server.value(f"increase({series}[1h]) > 0"):
            return False
    return True


class TestPrometheus:
    """Tests with two real Prometheus servers."""

    pytestmark = real_prometheus

    def test_every_first_event_counts(self, tmp_path: Path) -> None:
        """increase() sees first events between scrapes, during downtime and around a kill."""
        log, port = tmp_path / "requests.jsonl", free_port()
        log.write_text(line("old"))
        address = f"--web.listen-address=127.0.0.1:{port}"
        configs = {name: CONFIG.format(name=name, port=port) for name in ("a", "b")}
        with (
            prometheus(tmp_path / "a", configs["a"]) as one,
            prometheus(tmp_path / "b", configs["b"]) as other,
        ):
            servers = (one, other)
            with exporter(tmp_path, str(log), address) as (program, _):
                for server in servers:
                    old = partial(server.value, COUNTER.replace("MODEL", "old"))
                    wait_until(old, "it is scraped")
                append(log, line("between"))
                for server in servers:
                    wait_until(partial(grown, server, "between"), "the event is seen")
                append(log, line("killed"))
                program.stop(signal.SIGKILL)
            append(log, line("down"))
            with exporter(tmp_path, str(log), address):
                append(log, line("after"))
                for server in servers:
                    for model in ("between", "killed", "down", "after"):
                        wait_until(partial(grown, server, model), f"the event of {model} is seen")
                    assert server.query('resets({__name__=~"zenmux_.+"}[1h]) > 0') == []
