"""Pushes that are not simply counted: a stop, a removed source, repeats."""

import asyncio
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from anything import accepted, scraped
from exporter.config import Config, Source, Storage
from programs import wait_until
from pushing import push, record, taking
from served import Published


@pytest.fixture
def published(tmp_path: Path) -> Iterator[Published]:
    """The state into which batches are counted."""
    made = Published(tmp_path)
    yield made
    made.pushes.close()
    made.ledger.close()


class Client:
    """A client that pushes records without ids until nobody listens."""

    def __init__(self) -> None:
        """Start with nothing pushed."""
        self.taken = 0
        self.refused: list[str] = []

    def run(self, url: str) -> None:
        """Push one record after another."""
        while True:
            try:
                status, answer = push(url, record(1))
            except OSError:
                return
            if status == 200:
                self.taken += 1
            else:
                self.refused.append(answer["error"])


def test_stopped(tmp_path: Path) -> None:
    """On a stop exactly the counted pushes are answered 200."""
    clients = [Client() for _ in range(12)]
    with ThreadPoolExecutor(12) as pool, taking(tmp_path) as (program, url):
        running = [pool.submit(client.run, url) for client in clients]
        wait_until(lambda: sum(client.taken for client in clients) > 50, "some are counted")
        program.stop(signal.SIGTERM)
        for one in running:
            one.result()
    with taking(tmp_path) as (_, url):
        counted = sum(accepted(scraped(url).split("\n")))

    assert counted == sum(client.taken for client in clients)
    told = {text for client in clients for text in client.refused}
    assert told <= {
        "the batch was not counted: send it again",
        "records can't be stored at the moment: send them again",
    }


async def test_source_that_is_gone(published: Published) -> None:
    """Removing a source fails its partly read batch and frees the batch's memory."""
    config = Config(Storage(path=Path()), (Source("push", "push"),))
    pushes, inbox = published.pushes, published.inbox
    pushes.configure(config)
    inbox.configure({"push": "POST"})
    rows = "".join(record(number) for number in range(4)).encode()
    body = await pushes.cut(rows, config.sources[0])
    hold = pushes.hold()
    hold.grow_to(body.size)
    waiting = asyncio.ensure_future(pushes.count(body, "key", hold))
    block = await asyncio.to_thread(wait_until, lambda: inbox.read(1), "it is read")
    assert block.source == "push"
    pushes.configure(replace(config, sources=()))
    results = await asyncio.wait_for(asyncio.gather(waiting, return_exceptions=True), 10)

    assert str(results[0]).startswith("whether the batch is counted is not known")
    assert pushes.held_bytes == 0


async def test_repeats_are_held(published: Published) -> None:
    """A waiting repeat counts its own body against the memory limit."""
    config = Config(Storage(path=Path()), (Source("push", "push"),))
    pushes = published.pushes
    pushes.configure(config)
    waiting = []
    for _ in range(3):
        body = await pushes.cut(record(1).encode() * 100, config.sources[0])
        hold = pushes.hold()
        hold.grow_to(body.size)
        waiting.append(asyncio.ensure_future(pushes.count(body, "key", hold)))
        await asyncio.sleep(0)
    assert pushes.held_bytes == 3 * body.size
    await pushes.stop()
    await asyncio.gather(*waiting, return_exceptions=True)

    assert pushes.held_bytes == 0
