"""Memory and time limits of a push, and fairness between pushes and files."""

import tracemalloc
from pathlib import Path

import pytest

from exporter.pipeline.pace import Pace
from exporter.receipts import Receipt
from exporter.sources import Sources, SourceSpec, Ticket, TooLargeError, body_in_steps, body_of
from pushing import record

MAX_LINE = 1 << 20


@pytest.mark.slow
def test_too_many_lines() -> None:
    """A body with too many lines is refused before all are split, which bounds memory."""
    body = b"[{}" + b",0" * (1 << 19) + b"]"
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError, match="at most 50000 lines"):
            body_of(body, "push", "batch", MAX_LINE, "auto")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 40 << 20


@pytest.mark.slow
def test_large_body_in_steps() -> None:
    """A large body is split in steps, so that a small one waits for one step only."""
    body = b"[{}" + b"[" * (1 << 20)
    *steps, whole = body_in_steps(body, "push", "batch", MAX_LINE, "auto")

    assert steps == [None] * 16
    assert whole == body_of(body, "push", "batch", MAX_LINE, "auto")


async def test_turns(tmp_path: Path) -> None:
    """Reading alternates between small batches and a file by bytes."""
    log = tmp_path / "a.jsonl"
    log.write_text("".join(record(number) for number in range(50_000)))
    specs = (SourceSpec("log", str(log)), SourceSpec("push", "", is_pushed=True))
    sources = Sources(specs, (), MAX_LINE, lambda: 0.0)
    for number in range(200):
        body = body_of(record(number).encode(), "push", f"batch {number}", MAX_LINE, "auto")
        sources.inbox.put(Ticket(body, Receipt()))
    found = [block.source for _ in range(202) if (block := sources.read()) is not None]
    sources.close()

    assert found.count("push") == 200
    assert found.count("log") == 2


def test_pace() -> None:
    """A batch's duration follows the cost of commits and is shorter if clients wait."""
    pace = Pace()
    lasts = [(pace.longest(has_pushed=True), pace.longest(has_pushed=False))]
    for cost in (0.001, 0.5, 30.0):
        pace.committed(cost)
        lasts.append((pace.longest(has_pushed=True), pace.longest(has_pushed=False)))

    assert lasts == [(0.05, 0.5), (0.05, 0.5), (1.5, 5.0), (3.0, 10.0)]
