"""Find the records in the lines of one block, and parse them."""

from collections.abc import Iterator
from typing import Final, final

from ..errors import Reason
from ..formats.parser import Parser
from ..records import Record
from ..sources import Block
from ..wrappers import LINES, Found, Unwrapper

# Divides the first 100 lines, after which a source without a valid one is told.
_SLICE: Final = 50


@final
class Tally:
    """What was read besides records: lines; invalid ones by reason, faults by field and reason."""

    def __init__(self) -> None:
        """Nothing read yet."""
        self.invalid: dict[Reason, int] = {}
        self.faults: dict[tuple[str, str], int] = {}
        self.lines = 0
        # Where the first invalid record of each reason is; and the offset of what is being read.
        self.places: dict[Reason, int] = {}
        self.offset = 0

    def reject(self, reason: Reason, number: int = 1) -> None:
        """Add invalid records."""
        if number:
            self.invalid[reason] = self.invalid.get(reason, 0) + number
            self.places.setdefault(reason, self.offset)

    def add_faults(self, record: Record) -> None:
        """Add the fields that a record had to leave out."""
        for fault in record.faults:
            self.faults[fault] = self.faults.get(fault, 0) + 1


@final
class BlockReading:
    """Reads the records of one block."""

    def __init__(self, block: Block, parser: Parser, unwrapper: Unwrapper, tally: Tally) -> None:
        """`unwrapper`: of the block's file; it goes on where the last block ended."""
        self._block = block
        self._parser = parser
        self._unwrapper = unwrapper
        self._tally = tally
        # What can't be stored is passed over; what was counted before is not counted again.
        self._is_counted = not (block.is_replayed or block.unstorable)
        self._lines = block.lines
        self._starts: list[int] = []
        self._after_gaps: set[int] = set()
        self._records: list[Record] = []
        self._seen = 0

    def records(self) -> Iterator[list[Record]]:
        """Yield them, a few dozen at a time."""
        self._tally.offset = self._block.start
        if not self._block.is_replayed:
            self._tally.reject(Reason.line_too_long, self._block.too_long)
            self._tally.reject(Reason.unstorable, self._block.unstorable)
        at, end = 0, len(self._lines)
        if self._is_counted:
            self._tally.lines += end
        while at < end:
            at = self._read_plain(at)
            if at < end and self._seen < _SLICE:
                for found in self._unwrap(at):
                    self._add(found)
                    if self._seen >= _SLICE:
                        yield self._take()
                at += 1
            if self._seen >= _SLICE:
                yield self._take()
        if self._block.ends or self._is_broken_before(end):
            for found in self._unwrapper.give_up():
                self._add(found)
        yield self._take()

    def _read_plain(self, at: int) -> int:
        """Read lines that need no unwrapping; return the index of the first that does."""
        unwrapper = self._unwrapper
        if not self._is_counted or unwrapper.has_pending or unwrapper.wrapper not in ("", LINES):
            return at
        records, end = self._records, min(at + _SLICE - self._seen, len(self._lines))
        start = at
        at = read_plain(self._lines, at, end, self._parser, records, self._tally)
        self._seen += at - start
        if records:
            unwrapper.wrapper = LINES
        return at

    def _unwrap(self, at: int) -> Iterator[Found]:
        """Yield what a line that needs unwrapping makes whole or breaks off."""
        self._seen += 1
        if not self._starts:
            self._starts = self._block.starts
        if self._is_broken_before(at):
            yield from self._unwrapper.give_up()
        self._tally.offset = self._starts[at]
        yield from self._unwrapper.feed(self._lines[at], self._starts[at])

    def _is_broken_before(self, at: int) -> bool:
        """Return whether something is unfinished that misses a line here: it was too long."""
        if not self._block.gaps or not self._unwrapper.has_pending:
            return False
        if not self._after_gaps:
            self._after_gaps = self._block.after_too_long
        return at in self._after_gaps

    def _add(self, found: Found) -> None:
        self._seen += 1
        if self._is_counted:
            add_found(found, self._parser, self._records, self._tally)
            if self._records and not self._unwrapper.wrapper:
                self._unwrapper.wrapper = LINES

    def _take(self) -> list[Record]:
        records, self._records, self._seen = self._records, [], 0
        return records


def read_plain(
    lines: list[bytes],
    at: int,
    end: int,
    parser: Parser,
    records: list[Record],
    tally: Tally,
) -> int:
    """Add the records of lines that are nothing else; return the index of the first that is."""
    while at < end:
        record = parser.parse_fast(lines[at])
        if record is None:
            break
        if record.faults:
            tally.add_faults(record)
        records.append(record)
        at += 1
    return at


def add_found(found: Found, parser: Parser, records: list[Record], tally: Tally) -> None:
    """Add the records of a text, or why there are none."""
    if found.reason is not None:
        tally.reject(found.reason)
        return
    for one in parser.parse(found.text, found.time):
        if isinstance(one, Record):
            if one.faults:
                tally.add_faults(one)
            records.append(one)
        else:
            tally.reject(one.reason)


def is_record(parser: Parser, text: bytes) -> bool:
    """Return whether a text is a valid record."""
    return any(isinstance(one, Record) for one in parser.parse(text))
