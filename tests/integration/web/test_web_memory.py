"""Out of memory: a request gets 503, and lasting exhaustion ends the process."""

import asyncio
from pathlib import Path

import aiohttp
import pytest

from exporter.app import Exporter
from exporter.config import Config, Storage, Web
from exporter.errors import ExporterError
from exporter.ledger.queries import Filter, Page
from exporter.pipeline.commits import Commits
from exporter.pipeline.queries import Queries
from exporter.web.memory_guard import MemoryGuard
from served import Published, serving


class Exhausted(Queries):
    """Queries that run out of memory `times` times."""

    times = 1

    async def compensations(self, wanted: Filter) -> Page:
        """Raise MemoryError until `times` is used up."""
        if self.times:
            self.times -= 1
            raise MemoryError
        return await super().compensations(wanted)


@pytest.mark.slow
async def test_it_recovers(tmp_path: Path) -> None:
    """After a MemoryError the client gets 503, and its retry is answered."""
    pipeline = Published(tmp_path)
    ids = pipeline.ids
    pipeline.queries = Exhausted(pipeline.ledger, pipeline.thread, lambda: ids, Commits())
    async with serving(pipeline) as url, aiohttp.ClientSession() as http:
        async with http.get(f"{url}/api/v1/compensations") as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        async with http.get(f"{url}/api/v1/compensations") as answer:
            assert answer.status == 200
        async with http.get(f"{url}/metrics") as answer:
            assert (await answer.text()).endswith("\n")
    assert pipeline.given_up == []


def test_it_gives_up() -> None:
    """A path that keeps failing for seconds ends the process, even if others succeed."""
    now = [0.0]
    forgotten: list[float] = []
    given_up: list[ExporterError] = []
    guard = MemoryGuard(lambda: forgotten.append(now[0]), given_up.append, lambda: now[0])

    for now[0] in (0.0, 0.0, 4.0):
        guard.exhausted("/metrics")
        guard.sufficed("/-/healthy")
    guard.sufficed("/metrics")
    for now[0] in (10.0, 14.0):
        guard.exhausted("/metrics")
    assert given_up == []
    now[0] = 15.0
    guard.exhausted("/metrics")

    assert str(given_up[0]) == "out of memory: /metrics can no longer be answered"
    assert forgotten == [0.0, 0.0, 4.0, 10.0, 14.0, 15.0]


async def test_the_process_ends(tmp_path: Path) -> None:
    """Running out of memory ends the run with an error."""
    config = Config(Storage(path=tmp_path), web=Web(listen_address="127.0.0.1:0"))
    exporter = Exporter(config)

    def started(_: str) -> None:
        loop = asyncio.get_running_loop()
        loop.call_soon(loop.call_soon, exporter._give_up, ExporterError("out of memory"))

    with pytest.raises(ExporterError, match="out of memory"):
        await exporter.run(asyncio.Event(), started)
