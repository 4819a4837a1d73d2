"""The steps of `reconcile`: match files, recount them, compare."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from ..config import Config
from ..errors import ConfigError
from ..positions import Position
from ..sources import files_of
from ..values.masking import masked
from . import samples
from .compare import Group, Row, compare, records, sources
from .files import Matched, Matches, match
from .recount import Recount, recount
from .report import Report
from .state import State, fetch

_STDIN = "-"
_ORDER = (
    "the order in which the exporter counted several files is not fully known; ids in more than "
    "one file, and label values at their limit, may differ for that reason alone"
)


def reconcile(config: Config, url: str, paths: Sequence[str]) -> Report:
    """Recount files up to the exporter's positions and compare; raises `ExporterError`."""
    if _STDIN in paths:
        raise ConfigError(["command line: standard input has no position; name files"])
    files = [file for path in paths for file in files_of(path)]
    return compare_state(config, fetch(url), files)


def compare_state(config: Config, state: State, paths: Iterable[str]) -> Report:
    """Recount files up to the positions of a published state and compare."""
    found = match(paths, state.positions)
    recounted = recount(config, found.matched)
    exporter, own = samples.parse(state.metrics), samples.parse(recounted.metrics)
    names = frozenset(one.position.source for one in found.matched)
    without_files = sources(exporter) - {one.source for one in state.positions}
    totals = compare(exporter, own, names)
    return Report(
        not_given=(*map(_not_given, found.not_given), *map(_no_position, sorted(without_files))),
        not_counted=tuple(_not_counted(found)),
        groups=(*_shorter(found.matched, recounted), *totals),
        notes=tuple(_notes(found, is_unordered=bool(totals) and not found.not_given)),
        records=records(own),
        files=len(found.matched),
    )


def _offset(one: Matched) -> int:
    return one.position.offset


def _not_given(position: Position) -> str:
    size = position.offset - position.started
    return f"{masked(position.path)} ({size} bytes, source {position.source})"


def _no_position(source: str) -> str:
    return f"source {source} (standard input and pushed records keep no position)"


def _not_counted(found: Matches) -> Iterator[str]:
    yield from map(masked, found.unknown)
    for path in found.changed:
        yield f"{masked(path)} (its beginning differs from what was counted)"


def _shorter(matched: Iterable[Matched], recounted: Recount) -> Iterator[Group]:
    ends = ((one, recounted.ends[one.position.key]) for one in matched)
    rows = tuple(
        Row(masked(one.file.path), Decimal(one.position.offset), Decimal(end))
        for one, end in ends
        if end < one.position.offset
    )
    if rows:
        yield Group("files that are shorter than the exporter's position (bytes)", rows)


def _notes(found: Matches, *, is_unordered: bool) -> Iterator[str]:
    for path in found.repeated:
        yield f"{masked(path)} has the same content as another given file; counted once"
    furthest = {one.file.path: one for one in sorted(found.matched, key=_offset)}
    for one in furthest.values():
        file, offset = one.file, one.position.offset
        if file.size is not None and file.size > offset:
            yield f"{masked(file.path)}: {file.size - offset} bytes are not counted yet"
    if is_unordered and len(found.matched) > 1:
        yield _ORDER
