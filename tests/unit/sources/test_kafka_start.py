"""Where reading a partition starts: at the ledger's offset, with gaps reported."""

from dataclasses import replace

import pytest

from exporter.positions import PartitionOffset
from exporter.sources.kafka.client import Note, Topic
from exporter.sources.kafka.start import Bounds, Start, start
from exporter.sources.messages import Skip

TOPIC = Topic("cluster", "requests", "id-1", 6)
MINE = "ledger 1"
KNOWN = PartitionOffset("cluster", "requests", 3, "id-1", 50, lines=2, wrapper="docker")


def begun(
    known: PartitionOffset | None = KNOWN,
    bounds: tuple[int, int] = (0, 100),
    note: Note | None = None,
    *,
    at_end: bool = False,
) -> Start:
    """Return the start of partition 3."""
    return start(TOPIC, 3, Bounds(*bounds), known, note, MINE, at_end=at_end)


@pytest.mark.parametrize(("at_end", "offset"), [(False, 7), (True, 100)])
def test_first_start(at_end: bool, offset: int) -> None:
    """Without a known offset, `start_at` decides, and nothing counts as lost."""
    found = begun(None, (7, 100), at_end=at_end)
    assert found == Start(PartitionOffset("cluster", "requests", 3, "id-1", offset))


@pytest.mark.parametrize("bounds", [(0, 100), (50, 100), (0, 50), (50, 50)])
@pytest.mark.parametrize("note", [None, Note(90, MINE), Note(50, "ledger 2"), Note(90, "")])
def test_goes_on(bounds: tuple[int, int], note: Note | None) -> None:
    """Reading resumes at the ledger's offset, whatever offset it left in the consumer group."""
    assert begun(bounds=bounds, note=note) == Start(KNOWN)


def test_gap() -> None:
    """Messages deleted before they were read are added to those skipped before."""
    known = replace(KNOWN, skipped=5)
    found = begun(known, (60, 100))
    assert found == Start(replace(known, offset=60, lines=0, skipped=15), Skip(3, 10))


@pytest.mark.parametrize(
    ("known", "bounds"),
    [(replace(KNOWN, topic_id="id-0"), (2, 100)), (replace(KNOWN, skipped=4), (2, 49))],
)
def test_another_topic_or_a_cut_one(known: PartitionOffset, bounds: tuple[int, int]) -> None:
    """A recreated or truncated topic is read from its start, under its new id."""
    found = begun(known, bounds)
    at = replace(known, offset=2, lines=0, topic_id="id-1")
    assert found == Start(at, Skip(3, 0, is_reset=True))


@pytest.mark.parametrize(
    ("known", "offset"), [(None, 0), (None, 10), (KNOWN, 51), (replace(KNOWN, offset=0), 1)]
)
def test_another_ledger_was_further(known: PartitionOffset | None, offset: int) -> None:
    """If another ledger has counted further, reading is refused with instructions."""
    found = begun(known, note=Note(offset, "ledger 2"))
    assert found.refused.startswith(f"another ledger has counted it up to offset {offset}: take ")
    assert found.skip is None
