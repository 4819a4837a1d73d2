"""Reading on several cores: the same records in the same order, and a clear end if a hand dies."""

import asyncio
import time
from pathlib import Path

import pytest
from loggen import generate

from exporter.aggregates import Aggregates
from exporter.ahead import Ahead
from exporter.config import Config, Source, Storage
from exporter.crew import Crew, Found
from exporter.errors import ExporterError
from exporter.exposition import Format, render
from exporter.ingest import Ingest
from exporter.ledger import Folder
from exporter.sources import Block, Follower, SourceSpec

SOURCE = "s"


class Counted:
    """Blocks in, the exposition of their totals out."""

    def __init__(self) -> None:
        """Nothing counted yet."""
        config = Config(
            sources=(Source(SOURCE, "file", "x"),), storage=Storage(path=Path("nowhere"))
        )
        self._ingest = Ingest(config, Folder(config), lambda: 4.2e9)
        self.texts: list[bytes] = []
        self.by_crew = 0

    def count(self, block: Block, found: Found | None) -> None:
        """Count a block, in slices as the pipeline does."""
        for _ in self._ingest.slices(block, found):
            pass
        self.texts.append(block.text)
        self.by_crew += found is not None

    def shown(self) -> str:
        """What a scrape would show."""
        state = Aggregates(2000)
        state.publish(self._ingest.seal(existing_counted=True), 0)
        return render(state, Format.TEXT)


def blocks() -> list[Block]:
    """Valid UTF-8 of all kinds: both shapes, late bills, duplicates, payouts, broken lines."""
    lines = [line for seed in range(5) for line in generate(seed, 300) if is_utf8(line)]
    texts = [b"".join(b"%b\n" % one for one in lines[at : at + 100]) for at in range(0, 1500, 100)]
    return [Block(SOURCE, "key", text, 0, True, len(text), None) for text in texts]


def is_utf8(line: bytes) -> bool:
    """What a crew is given."""
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return b"\n" not in line


@pytest.mark.parametrize("size", [1, 3])
async def test_same_totals(size: int) -> None:
    """What a crew of any size has read counts as what one process reads."""
    alone, together = Counted(), Counted()
    crew = Crew(size)
    crew.listen(asyncio.get_running_loop())
    try:
        for block in blocks():
            together.count(block, await asyncio.wrap_future(crew.read(block.text)))
    finally:
        crew.close()
    for block in blocks():
        alone.count(block, None)

    shown = alone.shown()
    assert together.shown() == shown
    assert together.by_crew == len(blocks())
    assert "zenmux_insurance_payout_usd_total" in shown


async def test_order(tmp_path: Path) -> None:
    """Blocks come in the order of the files' bytes, whoever reads them."""
    lines = [b'{"id": "%d", "timestamp": 1793491200, "model": "m"}' % n for n in range(60_000)]
    (tmp_path / "log.jsonl").write_bytes(b"\n".join([*lines, b""]))
    specs = [SourceSpec(SOURCE, str(tmp_path / "log.jsonl"))]

    async def run(lag: int) -> Counted:
        follower = Follower(specs, (), 1 << 20, time.time)
        counted = Counted()

        async def call(*given: object) -> Block | None:
            return await asyncio.to_thread(*given)  # type: ignore[arg-type]

        ahead = Ahead(follower, call, lambda _source: True)
        try:
            await asyncio.to_thread(ahead.adapt, lag)
            while True:
                block, found = await ahead.next()
                if block is None:
                    return counted
                counted.count(block, found)
        finally:
            ahead.close()
            follower.close()

    alone, together = await run(0), await run(1 << 40)

    assert b"".join(alone.texts) == b"".join(together.texts)
    assert b"".join(alone.texts).count(b"\n") == len(lines)
    assert alone.shown() == together.shown()
    assert (alone.by_crew, together.by_crew > 0) == (0, True)


async def test_too_much_for_a_hand() -> None:
    """What a hand has no room for is left to whoever asked."""
    crew = Crew(1)
    crew.listen(asyncio.get_running_loop())
    try:
        first, second, third = (crew.read(b"{}\n") for _ in range(3))
        long = crew.read(b"x" * (1 << 23) + b"\n")
        assert (third.result(0), long.result(0)) == (None, None)
        assert not crew.is_idle
        assert await asyncio.wrap_future(first) is not None
        assert await asyncio.wrap_future(second) is not None
        again = await asyncio.wrap_future(crew.read(b"{}\n"))
    finally:
        crew.close()

    assert again is not None


async def test_death_is_told() -> None:
    """A hand that dies is an error, never a block without records."""
    crew = Crew(1)
    crew.listen(asyncio.get_running_loop())
    try:
        crew.hands[0].process.kill()
        with pytest.raises(ExporterError, match="has died"):
            await asyncio.wrap_future(crew.read(b"{}\n"))
    finally:
        crew.close()


def test_asker_dies(capfd: pytest.CaptureFixture[str]) -> None:
    """A hand whose exporter was killed ends without a word."""
    crew = Crew(1)
    process = crew.hands[0].process
    try:
        crew.read(b"{}\n")
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(60) == 0
    finally:
        crew.close()

    assert capfd.readouterr().err == ""
