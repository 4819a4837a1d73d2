"""Recount the given files up to the exporter's positions, in the exporter's order."""

import dataclasses
import math
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..config import Config, Source
from ..count_files import count_blocks
from ..formats.registry import WRAPPERS
from ..pipeline.ownership import Owners
from ..sources import AUTO, Block, read_range
from ..sources.rotation import log_of
from .files import Matched
from .overlaps import Range, parts

# The number of files that are open at a time.
_OPEN_FILES = 256


@dataclass(frozen=True, slots=True)
class Recount:
    """The exposition of a recount, and how far each file was read, by its position's key."""

    metrics: str
    ends: Mapping[str, int]


def recount(config: Config, matched: Sequence[Matched]) -> Recount:
    """Count each file from where the exporter started up to its position."""
    ends: dict[str, int] = {}
    counted = dataclasses.replace(config, sources=tuple(_sources(config, matched)))
    blocks = _in_order(counted, matched, ends)
    return Recount(count_blocks(counted, blocks), ends)


def _sources(config: Config, matched: Iterable[Matched]) -> Iterator[Source]:
    """Yield a source for each position's source name: the configured one, else the path's owner."""
    names = {source.name: source for source in config.sources}
    owners = Owners(config.sources)
    used: dict[str, Source] = {}
    for one in matched:
        name = one.position.source
        found = map(owners.of, (one.file.path, one.position.path))
        default = Source(name=name, type="file", path=one.file.path)
        source = names.get(name) or next(filter(None, found), default)
        used.setdefault(name, dataclasses.replace(source, name=name))
    # The exporter reads sources in the order in which they are configured.
    ranks = {name: rank for rank, name in enumerate(names)}
    yield from sorted(used.values(), key=lambda source: ranks.get(source.name, len(ranks)))


@dataclass(slots=True)
class _Log:
    """The files of one log that are not read yet; each queue is in order."""

    rotated: deque[Iterator[Block]] = field(default_factory=deque)
    current: deque[Iterator[Block]] = field(default_factory=deque)


def _in_order(config: Config, matched: Sequence[Matched], ends: dict[str, int]) -> Iterator[Block]:
    ordered = _ordered(config, matched)
    ranges = parts(ordered)
    wrappers = {source.name: source.wrapper for source in config.sources}
    for start in range(0, len(ordered), _OPEN_FILES):
        logs: dict[str, _Log] = {}
        for one in ordered[start : start + _OPEN_FILES]:
            log = logs.setdefault(log_of(one.position.path), _Log())
            own = wrappers[one.position.source]
            # Lines showed the position's wrapper, except for a format with a wrapper of its own.
            wrapper = own if own in WRAPPERS.values() else one.position.wrapper or AUTO
            limit = config.storage.max_line_bytes
            blocks = _blocks(one, ranges[one.position.key], limit, wrapper, ends)
            (log.rotated if one.position.rotated else log.current).append(blocks)
        yield from _in_turns(logs.values())


def _ordered(config: Config, matched: Sequence[Matched]) -> list[Matched]:
    """Sort by source and log; within a log the rotated files come first, by age."""
    ranks = {source.name: rank for rank, source in enumerate(config.sources)}
    logs: dict[str, tuple[int, int]] = {}
    for index, one in enumerate(matched):
        logs.setdefault(log_of(one.position.path), (ranks[one.position.source], index))

    def key(one: Matched) -> tuple[tuple[int, int], float]:
        age = one.file.modified if one.position.rotated else math.inf
        return logs[log_of(one.position.path)], age

    return sorted(matched, key=key)


def _blocks(
    one: Matched, ranges: Sequence[Range], max_line: int, wrapper: str, ends: dict[str, int]
) -> Iterator[Block]:
    position = one.position
    ends[position.key] = position.offset
    for start, end in ranges:
        reached = yield from read_range(
            position.source,
            one.file.path,
            start,
            end,
            max_line,
            wrapper=wrapper,
            ends=position.finished and end == position.offset,
        )
        if reached < end:
            ends[position.key] = reached


def _in_turns(logs: Iterable[_Log]) -> Iterator[Block]:
    """Read like the exporter reads existing content: logs in turns, a rotated file to its end."""
    turns = deque(logs)
    while turns:
        log = turns.popleft()
        files = log.rotated or log.current
        block = next(files[0], None)
        if block is None:
            files.popleft()
            if log.rotated or log.current:
                turns.appendleft(log)
            continue
        yield block
        if files is log.current:
            files.rotate(-1)
        turns.append(log)
