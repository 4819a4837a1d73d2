"""Pushes under stress: kills, many clients, a full inbox, a failing ledger."""

import contextlib
import gzip
import json
import random
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from anything import accepted, scraped
from exporter.receipts import Receipt
from exporter.sources import body_of
from exporter.sources.bodies import MAX_BYTES
from exporter.sources.push import Ticket
from programs import DEADLINE, get, wait_until
from pushing import PATH, TOKEN, counts, push, record, taking

SIZE = 5


class Clients:
    """Clients that retry each batch of records without ids until `url` acknowledges it."""

    def __init__(self, clients: int, batches: int) -> None:
        """Start with nothing pushed."""
        self.url = ""
        self.acknowledged = 0
        self._numbers = iter(range(clients * batches))
        self._lock = threading.Lock()
        self._pause = threading.Event()

    def run(self) -> None:
        """Push the batches that no other client has claimed."""
        while True:
            with self._lock:
                number = next(self._numbers, None)
            if number is None:
                return
            body = "".join(record(number * SIZE + n) for n in range(SIZE))
            while not self._is_taken(body, f"batch {number}"):
                self._pause.wait(0.01)
            with self._lock:
                self.acknowledged += 1

    def wait_for(self, acknowledged: int) -> None:
        """Wait until this many batches are acknowledged."""
        wait_until(lambda: self.acknowledged >= acknowledged, "some are acknowledged", every=0.001)

    def _is_taken(self, body: str, key: str) -> bool:
        try:
            status, answer = push(self.url, body, Idempotency_Key=key)
        except (OSError, ValueError):
            return False  # nobody listens, or the exporter was killed meanwhile
        assert status in (200, 429, 503), answer
        return status == 200 and counts(answer) == (SIZE, 0, 0, 0, 0)


def test_killed(tmp_path: Path) -> None:
    """After kill -9 at any moment, batches retried under their keys count exactly once."""
    chance = random.Random(7)
    clients, batches, kills = 6, 40, 6
    pushed = Clients(clients, batches)
    with ThreadPoolExecutor(clients) as pool, contextlib.ExitStack() as stack:
        for round_ in range(kills + 1):
            program, url = stack.enter_context(taking(tmp_path))
            if not round_:
                pushed.url = url
                futures = [pool.submit(pushed.run) for _ in range(clients)]
            pushed.url = url
            if round_ < kills:
                enough = min(
                    pushed.acknowledged + chance.randint(5, 30), clients * batches - clients
                )
                pushed.wait_for(enough)
                program.stop(signal.SIGKILL)
        for future in futures:
            future.result(DEADLINE)
        text = scraped(url)

    total = clients * batches * SIZE
    assert sum(accepted(text.split("\n"))) == total
    assert f'item="unitemized"}} {total // 2}\n' in text


def test_many_clients(tmp_path: Path) -> None:
    """Fifty concurrent clients share commits, and each response is exact."""
    with taking(tmp_path) as (_, url), ThreadPoolExecutor(50) as pool:
        pushed = Clients(50, 6)
        pushed.url = url
        for future in [pool.submit(pushed.run) for _ in range(50)]:
            future.result(DEADLINE)
        text = scraped(url)
        commits = _value(text, "zenmux_exporter_checkpoint_duration_seconds_count")

        assert sum(accepted(text.split("\n"))) == 300 * SIZE
        assert commits < 200


def _value(text: str, start: str) -> float:
    return sum(float(row.rsplit(" ", 1)[1]) for row in text.split("\n") if row.startswith(start))


def test_alone(tmp_path: Path) -> None:
    """A push to an idle exporter does not wait for the next poll of files."""
    with taking(tmp_path) as (_, url):
        scraped(url)
        times = []
        for number in range(9):
            begun = time.monotonic()
            assert push(url, record(number))[0] == 200
            times.append(time.monotonic() - begun)

    # Files are polled twice a second.
    assert min(times) < 0.25


def test_same_key_at_once(tmp_path: Path) -> None:
    """Concurrent pushes with the same key get one result."""
    body = record(1) * 5000
    with taking(tmp_path) as (_, url), ThreadPoolExecutor(12) as pool:
        answers = [pool.submit(push, url, body, Idempotency_Key="k") for _ in range(12)]
        found = [one.result(DEADLINE) for one in answers]
        text = scraped(url)

    assert {(status, counts(answer)) for status, answer in found} == {(200, (5000, 0, 0, 0, 0))}
    assert sum(accepted(text.split("\n"))) == 5000


@contextlib.contextmanager
def holding(url: str, size: int) -> Iterator[None]:
    """A client that sends a body of `size` bytes and never ends it."""
    parts = urlsplit(url)
    data = gzip.compress(b"x" * size)
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
        f"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n{len(data):x}\r\n"
    )
    with socket.create_connection((parts.hostname or "", parts.port or 0), DEADLINE) as client:
        client.sendall(head.encode() + data + b"\r\n")
        yield


def test_full(tmp_path: Path) -> None:
    """A push beyond the waiting limit gets 429, and is accepted once there is room."""
    large = ("y" * 999_999 + "\n") * 12
    with taking(tmp_path) as (_, url):
        with contextlib.ExitStack() as clients:
            for _ in range(4):
                clients.enter_context(holding(url, MAX_BYTES - 1000))
            _, answer = wait_until(
                lambda: (found := push(url, large))[0] == 429 and found, "it is full"
            )
            assert answer == {"error": "too many records are waiting: send them again"}
            # A small push still fits.
            assert push(url, record(1))[0] == 200
        wait_until(lambda: push(url, large)[0] == 200, "there is room again")


def test_ledger_that_cannot_be_written(tmp_path: Path) -> None:
    """While the ledger is locked pushes get 503; a later retry counts once."""
    with taking(tmp_path) as (_, url):
        assert push(url, record(0))[0] == 200
        locked = sqlite3.connect(tmp_path / "state" / "ledger.sqlite", isolation_level=None)
        locked.execute("BEGIN IMMEDIATE")
        status, answer = push(url, record(1), Idempotency_Key="k")
        assert (status, set(answer)) == (503, {"error"})
        again = push(url, record(1), Idempotency_Key="k")
        assert again == (503, {"error": "records can't be stored at the moment: send them again"})
        locked.execute("ROLLBACK")
        locked.close()
        status, answer = wait_until(
            lambda: (found := push(url, record(1), Idempotency_Key="k"))[0] == 200 and found,
            "it is written again",
        )

        assert counts(answer) == (1, 0, 0, 0, 0)
        assert sum(accepted(scraped(url).split("\n"))) == 2


def test_lines_that_cannot_be_stored(tmp_path: Path) -> None:
    """A batch with unstorable lines counts once, also across kills."""
    bad = {0, 17, 18, 59}
    body = "".join(record(n, model="poison" if n in bad else f"m{n % 7}") for n in range(60))
    with taking(tmp_path) as (program, _):
        program.stop()
    with sqlite3.connect(tmp_path / "state" / "ledger.sqlite") as database:
        database.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON label_set WHEN instr(NEW.labels, 'poison') "
            "BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
    database.close()
    for enough in (1, 14, 25, 40, 99):
        with taking(tmp_path) as (program, url), ThreadPoolExecutor(1) as pool:
            answer = pool.submit(push, url, body, Idempotency_Key="k")
            wait_until(partial(_is_counted, url, answer, enough), "a part is counted", every=0.001)
            if enough < 60:
                program.stop(signal.SIGKILL)
                continue
            status, found = answer.result(DEADLINE)
            text = scraped(url)

    assert (status, counts(found)) == (200, (56, 0, 0, 4, 0))
    lines = [(one["line"], one["reason"]) for one in found["errors"]]
    assert lines == [(n + 1, "unstorable") for n in sorted(bad)]
    assert sum(accepted(text.split("\n"))) == 56


def _is_counted(url: str, answer: Future[Any], enough: int) -> bool:
    return answer.done() or sum(accepted(get(f"{url}/metrics")[1].split("\n"))) >= enough


@pytest.mark.parametrize("wrapper", ["auto", "document"])
async def test_what_is_left_of_a_batch(wrapper: str) -> None:
    """A partly counted batch resumes after the counted lines; replayed lines are marked."""
    rows = [json.dumps({"n": n}) + "\n" for n in range(6)]
    text = "".join(rows) if wrapper == "auto" else f"[{','.join(rows)}]"
    body = body_of(text.encode(), "push", "batch", 1 << 20, wrapper)
    starts = body.block.starts
    whole = Ticket(body, Receipt())
    (block,) = whole.blocks()
    assert [json.loads(line)["n"] for line in block.lines] == [*range(6)]

    left = Ticket(body, Receipt(offset=starts[4], resume=starts[2] + 3))
    again, rest = left.blocks()
    assert [again.is_replayed, rest.is_replayed] == [True, False]
    assert [json.loads(line)["n"] for line in again.lines] == [2, 3]
    assert [json.loads(line)["n"] for line in rest.lines] == [4, 5]
    assert rest.ends
    assert list(body.numbered(starts)) == [1, 2, 3, 4, 5, 6]
