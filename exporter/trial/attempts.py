"""Read the first lines of a file as a source of one format, and count them."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from ..config import Config, Source
from ..counting.counter import RecordCounter
from ..errors import Reason, Rejected
from ..formats.json_text import parse_text
from ..formats.registry import AUTO, EVENTS, PRESETS, WRAPPERS
from ..pipeline.parsing import Tally
from ..pipeline.reading import RecordReader
from ..records import Record
from ..sources import Block
from .first_blocks import first_blocks

_MAX_SHOWN_FIELDS = 12


@dataclass(frozen=True, slots=True)
class Example:
    """The first line that was rejected for a reason: its number and its fields."""

    line: int
    fields: tuple[str, ...]


@dataclass(slots=True)
class Attempt:
    """The outcome of reading lines: records with their results, rejected lines by reason."""

    source: Source
    counted: list[tuple[Record, str]] = field(default_factory=list)
    rejected: Counter[Reason] = field(default_factory=Counter)
    examples: dict[Reason, Example] = field(default_factory=dict)
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def invalid(self) -> int:
        """The number of lines that are not records."""
        return self.rejected.total()

    @property
    def fits(self) -> bool:
        """Whether most of the lines are records."""
        return len(self.counted) > self.invalid

    @property
    def has_amounts(self) -> bool:
        """Whether any record has tokens, a cost or a payout."""
        return any(one.quantities or one.bill or one.compensation for one, _ in self.counted)

    @property
    def rank(self) -> tuple[float, bool, int, int]:
        """The sort key: few invalid lines, any amounts, few duplicates, few faults come first."""
        total = len(self.counted) + self.invalid
        again = sum(result != "accepted" for _, result in self.counted)
        share = self.invalid / total if total else 1.0
        return (share, not self.has_amounts, again, self.faults.total())


def attempt(config: Config, source: Source, path: str) -> Attempt:
    """Read a file's first lines as this source would."""
    source = replace(source, path=path)
    config = replace(config, sources=(source,), configured=())
    found, tally = Attempt(source), Tally()
    reader, counter = RecordReader(config), RecordCounter(config)
    before = 0
    limit = config.storage.max_line_bytes
    for block in first_blocks(source.name, path, limit, source.wrapper):
        for records in reader.read(block, tally):
            found.counted += [(record, counter.count(record)) for record in records]
        _add_examples(found, block, tally, before)
        before += len(block.lines)
    found.rejected.update(tally.invalid)
    found.faults.update(tally.faults)
    return found


def _add_examples(found: Attempt, block: Block, tally: Tally, before: int) -> None:
    """Record the first rejected line in a block for each reason."""
    starts = block.starts
    for reason, offset in tally.places.items():
        index = bisect_right(starts, offset) - 1
        if reason not in found.examples and starts:
            line = block.lines[index] if 0 <= index < len(starts) else b""
            found.examples[reason] = Example(before + max(index, 0) + 1, fields_of(line))


def fields_of(line: bytes) -> tuple[str, ...]:
    """Return the names in the object on a line, empty if there is none."""
    start = line.find(b"{")
    try:
        value = parse_text(line[start:]) if start >= 0 else None
    except Rejected:
        return ()
    return tuple(value)[:_MAX_SHOWN_FIELDS] if isinstance(value, dict) else ()


def candidates(name: str) -> Iterable[Source]:
    """Yield a source for each format that needs no mapping."""
    yield Source(name, "file")
    for shape, preset in PRESETS.items():
        if preset.RULES or shape not in WRAPPERS:
            yield Source(name, "file", format=shape, wrapper=WRAPPERS.get(shape, AUTO))


def best(attempts: Sequence[Attempt]) -> Attempt:
    """Return the attempt that fits best, the first of equal ones.

    If none fits, prefer a format of streams with less than half as many invalid lines: events alone
    are not records.
    """
    found = min(attempts, key=lambda one: one.rank)
    if found.fits:
        return found
    streams = [one for one in attempts if one.source.format in EVENTS]
    closest = min(streams, key=lambda one: one.invalid)
    return closest if 2 * closest.invalid < found.invalid else found
