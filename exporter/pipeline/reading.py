"""Unwrap the records in blocks and parse them.

A record that is unfinished at a block's end waits for the file's next block. It is not stored:
a position says where to read again, and lines counted before are then read but not counted.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Final, final

from ..config import CompensationPaths, Config
from ..errors import Reason
from ..formats.matches import Matches
from ..formats.objects import objects_of
from ..formats.parser import Parser, parser_of
from ..positions import PartitionOffset, Position
from ..records import Record
from ..sources import Block, bare
from ..wrappers import AUTO, LINES, Found, Unwrapper
from .parsing import Tally, add_found, is_record, read_plain

# A divisor of 100, the number of lines after which a source without a valid one is reported.
_SLICE: Final = 50
# Bytes of unfinished records in all files; beyond it the current file gives up its own.
_MAX_PENDING: Final = 1 << 28


@final
class _Files:
    """State by file: wrappers that lines have shown, and unfinished records.

    Unwrappers in here never change: reading continues with a copy.
    """

    def __init__(self) -> None:
        self.wrappers: dict[str, str] = {}
        self.unwrappers: dict[str, Unwrapper] = {}
        self.size = 0

    def copy(self) -> "_Files":
        twin = _Files()
        twin.wrappers = self.wrappers.copy()
        twin.unwrappers = self.unwrappers.copy()
        twin.size = self.size
        return twin

    def put(self, key: str, unwrapper: Unwrapper) -> None:
        before = self.unwrappers.pop(key, None)
        if before is not None:
            self.size -= before.size
        if unwrapper.has_pending:
            self.unwrappers[key] = unwrapper
            self.size += unwrapper.size


@final
class RecordReader:
    """Reader of the records of all files; the blocks of each file must come in order."""

    def __init__(self, config: Config) -> None:
        """Start with nothing read."""
        self._files = _Files()
        self._built = _Files()
        self._committed = _Files()
        self.configure(config)

    def configure(self, config: Config) -> None:
        """Use this configuration from now on."""
        paths = _payout_paths(config)
        sources = (*config.configured, *config.sources)
        self._sources = {source.name: source for source in sources}
        self._max_line = config.storage.max_line_bytes
        self._wrappers = {source.name: source.wrapper for source in sources}
        self._parsers = {
            source.name: parser_of(source.format, source.mapping, paths) for source in sources
        }

    def knows(self, source: str) -> bool:
        """Return True if a source has this name."""
        return source in self._parsers

    def matches(self) -> dict[str, Matches]:
        """Return the matches of the mappings' fields, by source."""
        found = {name: parser.matches for name, parser in self._parsers.items()}
        return {name: matches for name, matches in found.items() if matches is not None}

    def note_built(self) -> None:
        """Note that everything read so far is being committed."""
        self._built = self._files.copy()

    def note_committed(self) -> None:
        """Note that the commit succeeded."""
        self._committed = self._built

    def go_back(self) -> None:
        """Forget everything read since the last commit."""
        self._files = self._committed.copy()

    def read(self, block: Block, tally: Tally) -> Iterator[list[Record]]:
        """Yield the records of a block, a few dozen at a time."""
        parser, key = self._parsers[block.source], block.key
        unwrapper = self._unwrapper(block, parser)
        is_undecided = not unwrapper.wrapper
        yield from _BlockReading(block, parser, unwrapper, tally).records()
        self._files.put(key, unwrapper)
        if self._files.size > _MAX_PENDING and not block.is_replayed:
            records: list[Record] = []
            for found in unwrapper.give_up():
                add_found(found, parser, records, tally)
            yield records
            self._files.put(key, unwrapper)
        if is_undecided and unwrapper.wrapper:
            self._files.wrappers[key] = unwrapper.wrapper
        if block.is_replayed:
            # Replayed lines were committed before, so this state belongs to the commit too.
            self._built.put(key, unwrapper)
            self._committed.put(key, unwrapper)
        elif block.ends and block.position is None and block.messages is None:
            self._files.wrappers.pop(key, None)

    def _unwrapper(self, block: Block, parser: Parser) -> Unwrapper:
        known = self._files.unwrappers.get(block.key)
        if known is not None and not (block.text and begins_behind(known, block.start)):
            return known.copy()
        wrapper = self._wrappers[block.source]
        if wrapper == AUTO:
            wrapper = self._files.wrappers.get(block.key, block.wrapper_told)
        check = partial(is_record, parser)
        source = self._sources[block.source]
        make = objects_of(source.format, source.delimiter, self._max_line, check, block.head)
        return Unwrapper(wrapper, self._max_line, check, make)

    def resume(self, block: Block) -> int | None:
        """Return the offset of a record that is unfinished after the block just read."""
        unwrapper = self._files.unwrappers.get(block.key)
        return None if unwrapper is None else unwrapper.resume

    def position(self, block: Block) -> Position | None:
        """Return the position after the block just read; None if it does not change."""
        position = block.position
        if position is None or block.is_replayed:
            return None
        wrapper = self._files.wrappers.get(block.key, position.wrapper)
        # While the file is reread, its source has set `resume`.
        resume, unfinished = position.resume, self.resume(block)
        if unfinished is not None:
            resume = unfinished if resume is None else min(resume, unfinished)
        if wrapper == position.wrapper and resume == position.resume:
            return position
        return replace(position, wrapper=wrapper, resume=resume)

    def offset(self, block: Block) -> PartitionOffset | None:
        """Return the counted offset of a partition after the block just read."""
        messages = block.messages
        if messages is None or block.is_replayed:
            return None
        end = messages.end
        return replace(end, wrapper=self._files.wrappers.get(block.key, end.wrapper))


@final
class _BlockReading:
    """Reader of one block."""

    def __init__(self, block: Block, parser: Parser, unwrapper: Unwrapper, tally: Tally) -> None:
        self._block = block
        self._parser = parser
        self._unwrapper = unwrapper
        self._tally = tally
        # Unstorable lines are skipped; replayed ones were counted before.
        self._is_counted = not (block.is_replayed or block.unstorable)
        self._lines: list[bytes] = []  # a few dozen at a time
        self._before = 0  # lines of the block before them
        self._starts: list[int] = []
        self._breaks: set[int] = set()
        self._records: list[Record] = []
        self._seen = 0

    def records(self) -> Iterator[list[Record]]:
        self._tally.offset = self._block.start
        if not self._block.is_replayed:
            self._tally.reject_lines(Reason.line_too_long, self._block.too_long)
            if self._block.unstorable:
                self._tally.offset = self._block.first
                self._tally.reject(Reason.unstorable)
        for lines in self._block.some_lines():
            self._lines = lines
            yield from self._records_of_some()
            self._before += len(self._lines)
        if self._is_counted:
            self._tally.lines += self._before
        if self._block.ends or self._is_broken_before(self._before):
            for found in self._given_up():
                self._add(found)
        yield self._take()

    def _records_of_some(self) -> Iterator[list[Record]]:
        at, end = 0, len(self._lines)
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
        """Yield what a line that needs unwrapping completes or interrupts."""
        self._seen += 1
        if not self._starts:
            self._starts = self._block.starts
        if self._is_broken_before(self._before + at):
            yield from self._given_up()
        start = self._starts[self._before + at]
        # An unfinished record comes out first.
        begun = self._unwrapper.resume
        self._tally.offset = start if begun is None else begun
        for found in self._unwrapper.feed(bare(self._lines[at]), start):
            yield found
            self._tally.offset = start

    def _given_up(self) -> Iterator[Found]:
        """Yield the unfinished records, which are given up."""
        begun = self._unwrapper.resume
        if begun is not None:
            self._tally.offset = begun
        yield from self._unwrapper.give_up()

    def _is_broken_before(self, at: int) -> bool:
        """Return True if something is unfinished that can't continue at this line."""
        block = self._block
        if not (block.gaps or block.messages) or not self._unwrapper.has_pending:
            return False
        if not self._breaks:
            self._breaks = block.breaks
        return at in self._breaks

    def _add(self, found: Found) -> None:
        self._seen += 1
        if self._is_counted:
            add_found(found, self._parser, self._records, self._tally)
            if self._records and not self._unwrapper.wrapper:
                self._unwrapper.wrapper = LINES

    def _take(self) -> list[Record]:
        records, self._records, self._seen = self._records, [], 0
        return records


def begins_behind(unwrapper: Unwrapper, offset: int) -> bool:
    """Return True if an unfinished record begins there or later: the file is read again."""
    return unwrapper.resume is not None and unwrapper.resume >= offset


def _payout_paths(config: Config) -> Mapping[str, tuple[str, ...]] | None:
    configured = config.compensation
    if configured == CompensationPaths():
        return None
    return {
        "type": configured.type,
        "payout": configured.payout,
        "paid_at": configured.paid_at,
    }
