"""Notice a source without valid lines, and keep an example of each reason for rejection."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ..counting.counter import INVALID
from ..errors import Reason
from ..logs import get
from ..sources import FileState, FileStatus
from .mapping_troubles import MappingTroubles

ENOUGH_LINES = 100
_QUIET_SECONDS = 5.0
_DOCS = "see docs/formats.md"
_FIELDS = f"map the source's fields to those of a record (sources: mapping); {_DOCS}"
_REMEDIES: Mapping[Reason, str] = {
    Reason.line_too_long: "check that lines end in a newline, or raise storage.max_line_bytes",
    Reason.not_utf8: f"convert the log to UTF-8; {_DOCS}",
    Reason.not_json: f"write JSON Lines, one JSON object a line, or convert the log; {_DOCS}",
    Reason.not_object: f"write one JSON object a line; {_DOCS}",
    Reason.not_csv: f"check the header, the delimiter and the quotes of the CSV file; {_DOCS}",
    Reason.missing_time: f"give the path of the time as mapping.timestamp; {_DOCS}",
    Reason.bad_time: f"write times as RFC 3339 or Unix time, under timestamp; {_DOCS}",
    Reason.missing_model: f"give the path of the model as mapping.model; {_DOCS}",
    Reason.missing_payout: f"give the path of the payout as compensation.payout; {_DOCS}",
    Reason.unstorable: "look at the lines: they have values that the ledger can't store",
}
_READ = (FileState.reading, FileState.done, FileState.copy)

log = get(__name__)


@dataclass(frozen=True, slots=True)
class Example:
    """The number of lines rejected for a reason, and the place of one of the first."""

    lines: int
    file: str
    offset: int


@dataclass(slots=True)
class SourceLines:
    """The lines of a source that were read since the start."""

    lines: int = 0
    invalid: int = 0
    rejected: dict[Reason, Example] = field(default_factory=dict)
    is_decided: bool = False
    changed: float = 0.0

    @property
    def is_all_invalid(self) -> bool:
        """Whether there were lines and none was valid."""
        return self.lines == self.invalid > 0

    @property
    def most_frequent(self) -> tuple[Reason, Example]:
        """The most frequent reason for rejecting lines; there must be one."""
        return max(self.rejected.items(), key=lambda one: one[1].lines)


class FirstLines:
    """The first lines of each source; warns once of a source without a valid one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Start with nothing read."""
        self._clock = clock
        self.sources: dict[str, SourceLines] = {}
        self.mappings = MappingTroubles(clock)

    def of_block(self, source: str, file: str, place: Callable[[int], int] = int) -> "BlockLines":
        """Return an object that is told how the lines of a block are counted.

        `place` converts an offset to the one shown to users.
        """
        return BlockLines(self, source, file, place)

    def note(
        self,
        source: str,
        file: str,
        places: Mapping[Reason, int],
        valid: int,
        rejected: Mapping[Reason, int],
    ) -> None:
        """Add lines of a file; `places`: the offset of the first one for each reason."""
        read = self.sources.setdefault(source, SourceLines())
        number = sum(rejected.values())
        read.lines += valid + number
        if number:
            read.invalid += number
            _keep_examples(read.rejected, file, places, rejected)
        if valid or number:
            self.mappings.note(source)
            if not read.is_decided:
                read.changed = self._clock()
                self._decide(source, read)

    def _decide(self, source: str, read: SourceLines, enough: int = ENOUGH_LINES) -> None:
        if read.lines > read.invalid:
            read.is_decided = True
        elif read.lines >= enough:
            read.is_decided = True
            _warn(source, read)

    def check(self) -> None:
        """Judge quiet sources by the few lines that they have, once everything is read."""
        now = self._clock()
        for source, read in self.sources.items():
            if not read.is_decided and now - read.changed >= _QUIET_SECONDS:
                self._decide(source, read, 1)
        self.mappings.check()

    def finish(self) -> None:
        """Judge all sources by the few lines that they have, once everything is read."""
        for source, read in self.sources.items():
            if not read.is_decided:
                self._decide(source, read, 1)
        self.mappings.finish()

    @property
    def lines(self) -> int:
        """The number of lines of all sources."""
        return sum(read.lines for read in self.sources.values())

    @property
    def are_all_invalid(self) -> bool:
        """Whether there were lines and none was valid."""
        return self.lines == sum(read.invalid for read in self.sources.values()) > 0

    def rejected(self) -> dict[str, int]:
        """Return the number of rejected lines by reason."""
        numbers: dict[str, int] = {}
        for read in self.sources.values():
            for reason, example in read.rejected.items():
                numbers[reason.value] = numbers.get(reason.value, 0) + example.lines
        return numbers


class BlockLines:
    """The results of the lines of one block so far."""

    def __init__(
        self, all_lines: FirstLines, source: str, file: str, place: Callable[[int], int]
    ) -> None:
        """Start with nothing counted."""
        self._place = place
        self._all = all_lines
        self._source = source
        self._file = file
        self._valid = 0
        self._rejected: dict[Reason, int] = {}

    def reached(
        self,
        results: Mapping[str, int],
        rejected: Mapping[Reason, int],
        places: Mapping[Reason, int],
    ) -> None:
        """Take the block's numbers so far; `places`: the offset of the first for each reason."""
        valid = sum(results.values()) - results.get(INVALID, 0)
        known = self._rejected
        new = {reason: number - known.get(reason, 0) for reason, number in rejected.items()}
        if new:
            places = {reason: self._place(offset) for reason, offset in places.items()}
        self._all.note(self._source, self._file, places, valid - self._valid, new)
        self._valid, self._rejected = valid, dict(rejected)


def _keep_examples(
    examples: dict[Reason, Example],
    file: str,
    places: Mapping[Reason, int],
    rejected: Mapping[Reason, int],
) -> None:
    for reason, number in rejected.items():
        if number:
            known = examples.get(reason) or Example(0, file, places[reason])
            examples[reason] = Example(known.lines + number, known.file, known.offset)


def _warn(source: str, read: SourceLines) -> None:
    reason, example = read.most_frequent
    log.warning(
        "no line of a source is a valid record",
        source=source,
        file=example.file,
        position=example.offset,
        lines=read.lines,
        reason=reason.value,
        remedy=f"{remedy_of(reason)}; zenmux-exporter try FILE finds the format that fits",
        always=True,
    )


def remedy_of(reason: Reason) -> str:
    """Return a remedy for lines that are rejected for a reason."""
    return _REMEDIES.get(reason, _FIELDS)


def tell_existing(first_lines: FirstLines, files: Iterable[FileStatus], seconds: float) -> None:
    """Log a summary of the content that existed at the start, and how long reading took."""
    first_lines.finish()
    rejected = sorted(first_lines.rejected().items())
    log.info(
        "existing content is counted",
        lines=first_lines.lines,
        files=sum(file.state in _READ for file in files),
        invalid=", ".join(f"{reason} {number}" for reason, number in rejected) or 0,
        seconds=round(seconds, 1),
        always=True,
    )
