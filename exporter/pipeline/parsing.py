"""Parse texts into records, and tally the rest."""

from typing import final

from ..errors import Reason
from ..formats.parser import Parser
from ..receipts import ERRORS_KEPT
from ..records import Record
from ..wrappers import Found


@final
class Tally:
    """Counts of lines, of invalid ones by reason, and of faults by field and reason."""

    def __init__(self) -> None:
        """Start at zero."""
        self.invalid: dict[Reason, int] = {}
        self.faults: dict[tuple[str, str], int] = {}
        self.lines = 0
        # The offset of the first invalid record for each reason; and the current offset.
        self.places: dict[Reason, int] = {}
        self.offset = 0
        # The first invalid records with their offsets.
        self.errors: list[tuple[int, Reason]] = []

    def reject(self, reason: Reason) -> None:
        """Add an invalid record."""
        if len(self.errors) < ERRORS_KEPT:
            self.errors.append((self.offset, reason))
        self.reject_lines(reason, 1)

    def reject_lines(self, reason: Reason, number: int) -> None:
        """Add lines whose offsets are unknown."""
        if number:
            self.invalid[reason] = self.invalid.get(reason, 0) + number
            self.places.setdefault(reason, self.offset)

    def add_faults(self, record: Record) -> None:
        """Add the faults of a record: fields that it had to leave out."""
        for fault in record.faults:
            self.faults[fault] = self.faults.get(fault, 0) + 1


def read_plain(
    lines: list[bytes],
    at: int,
    end: int,
    parser: Parser,
    records: list[Record],
    tally: Tally,
) -> int:
    """Add lines that are bare records; return the index of the first that is not."""
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
    """Add the records of a text, or reject it."""
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
