"""Reading on several cores: the same records in the same order, and a clear end if a hand dies."""

import asyncio
import time
from pathlib import Path

import pytest
from loggen import generate

from exporter.ahead import Ahead
from exporter.crew import Crew, Read
from exporter.decode import Decoder
from exporter.errors import ExporterError, Rejected
from exporter.sources import Block, Follower, SourceSpec


def read(line: bytes) -> Read:
    """What one line says."""
    try:
        return Decoder().decode(line)
    except Rejected as rejected:
        return rejected.reason


def is_utf8(line: bytes) -> bool:
    """What a crew is given."""
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return b"\n" not in line


async def collect(ahead: Ahead) -> tuple[list[Read], int]:
    """What all lines say, and how many blocks a crew has read."""
    found: list[Read] = []
    read_by_crew = 0
    while True:
        block, records = await ahead.next()
        if block is None:
            return found, read_by_crew
        read_by_crew += records is not None
        found += map(read, block.lines) if records is None else records


@pytest.mark.parametrize("size", [1, 3])
def test_same_records(size: int) -> None:
    """A crew of any size reads what one process reads."""
    lines = [line for seed in range(5) for line in generate(seed, 300) if is_utf8(line)]
    crew = Crew(size)
    try:
        answers = [crew.read(lines[at : at + 100]) for at in range(0, len(lines), 100)]
        found = [one for answer in answers for one in answer.result(60)]
    finally:
        crew.close()

    assert found == [read(line) for line in lines]


async def test_order(tmp_path: Path) -> None:
    """Blocks come in the order of the files' bytes, whoever reads them."""
    lines = [b'{"id": "%d", "timestamp": 1793491200, "model": "m"}' % n for n in range(60_000)]
    (tmp_path / "log.jsonl").write_bytes(b"\n".join([*lines, b""]))
    specs = [SourceSpec("s", str(tmp_path / "log.jsonl"))]

    async def run(lag: int) -> tuple[list[Read], int]:
        follower = Follower(specs, (), 1 << 20, time.time)

        async def call(*given: object) -> Block | None:
            return await asyncio.to_thread(*given)  # type: ignore[arg-type]

        ahead = Ahead(follower, call, lambda _source: True, hands=2)
        try:
            await asyncio.to_thread(ahead.adapt, lag)
            return await collect(ahead)
        finally:
            ahead.close()
            follower.close()

    (alone, none), (together, some) = await run(0), await run(1 << 40)

    assert alone == together
    assert len(alone) == len(lines)
    assert (none, some > 0) == (0, True)


def test_death_is_told() -> None:
    """A hand that dies is an error, never a block without records."""
    crew = Crew(1)
    try:
        crew.hands[0].process.kill()
        with pytest.raises(ExporterError, match="has died"):
            crew.read([b"{}"]).result(60)
    finally:
        crew.close()
