"""Find the exporter's position for each given file."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..errors import ExporterError
from ..positions import Fingerprint, Position
from ..sources import Beginnings
from ..sources.chain import Chain
from ..sources.comparison import agreed_marks, is_recognised
from ..sources.content import READ_ERRORS, Content, reason_of
from ..sources.fingerprints import fingerprint_of
from ..sources.secret_names import revealed


@dataclass(frozen=True, slots=True)
class File:
    """A given file with the fingerprints of its beginning, by length.

    `size` is None for an archive: its decompressed size is not known.
    """

    path: str
    identity: tuple[int, int]
    modified: float
    size: int | None
    is_empty: bool
    fingerprints: Mapping[int, Fingerprint]


@dataclass(frozen=True, slots=True)
class Matched:
    """A given file and how far the exporter has counted it.

    If a position's file is gone, its lines may be in a file that has another position, too.
    """

    file: File
    position: Position


@dataclass(frozen=True, slots=True)
class Matches:
    """Files and positions that belong together, and those that are left over.

    `changed`: the path was counted, but with other content. `repeated`: the content is that of
    another given file.
    """

    matched: tuple[Matched, ...]
    not_given: tuple[Position, ...]
    unknown: tuple[str, ...]
    changed: tuple[str, ...]
    repeated: tuple[str, ...]


def match(paths: Iterable[str], positions: Sequence[Position]) -> Matches:
    """Match files with positions by content; if several match, inode and path decide.

    Raises `ExporterError` if a file can't be read.
    """
    given = dict.fromkeys(paths)
    counted = [one for one in revealed(positions, given) if one.fingerprint.length]
    lengths = {one.fingerprint.length for one in counted}
    files = [_look(path, lengths) for path in given]
    pairs = sorted(_candidates(files, counted), key=lambda pair: pair[0], reverse=True)
    by_file: dict[int, Position] = {}
    used: dict[str, int] = {}
    for _, index, position in pairs:
        if index not in by_file and position.key not in used:
            by_file[index] = position
            used[position.key] = index
    alike = {index for (likeness, *_), index, _ in pairs if likeness > _PARTLY}
    rest = [(i, file) for i, file in enumerate(files) if i not in by_file and not file.is_empty]
    known = {os.path.realpath(one.path) for one in counted}
    matched = [Matched(file, by_file[i]) for i, file in enumerate(files) if i in by_file]
    for (likeness, *_), index, position in pairs:
        if likeness == _WHOLLY and position.key not in used and _has_lines(position):
            matched.append(Matched(files[index], position))
            used[position.key] = index
    repeats = _repeats(matched, [file for i, file in rest if i not in alike])
    strange = [file.path for i, file in rest if i not in alike and file.path not in repeats]
    return Matches(
        matched=tuple(matched),
        not_given=tuple(one for one in counted if one.key not in used and _has_lines(one)),
        unknown=tuple(path for path in strange if os.path.realpath(path) not in known),
        changed=tuple(path for path in strange if os.path.realpath(path) in known),
        repeated=tuple(file.path for i, file in rest if i in alike or file.path in repeats),
    )


def _repeats(matched: Iterable[Matched], files: Sequence[File]) -> frozenset[str]:
    """Return the files without a position whose content is the beginning of another file."""
    if not files:
        return frozenset()
    beginnings = Beginnings()
    for one in matched:
        beginnings.look(one.file.path)
    return frozenset(file.path for file in files if beginnings.look(file.path).is_copy)


def _has_lines(position: Position) -> bool:
    return position.offset > position.started


def _look(path: str, lengths: Iterable[int]) -> File:
    try:
        content = Content(path)
        try:
            return File(
                path,
                content.inode,
                content.mtime,
                None if content.is_archive else content.size,
                not content.first_bytes(1),
                {length: fingerprint_of(content.first_bytes(length)) for length in lengths},
            )
        finally:
            content.close()
    except READ_ERRORS as error:
        raise ExporterError(f"{path}: cannot be read: {reason_of(error)}") from error


# How much of the counted content a file has: more than half, as after a change; all of its own
# content; all that was counted.
_PARTLY, _SHORTER, _WHOLLY = range(3)
_Rank = tuple[int, bool, bool, int, int]


def _candidates(
    files: Sequence[File], positions: Iterable[Position]
) -> Iterator[tuple[_Rank, int, Position]]:
    """Yield (rank, index of the file, position) for files and positions with the same beginning.

    The rank begins with how much of the counted content the file has.
    """
    by_fingerprint: defaultdict[Fingerprint, list[Position]] = defaultdict(list)
    for position in positions:
        by_fingerprint[position.fingerprint].append(position)
    for index, file in enumerate(files):
        real = os.path.realpath(file.path)
        for fingerprint in set(file.fingerprints.values()):
            for one in by_fingerprint.get(fingerprint, ()):
                likeness = _likeness(file, one)
                if likeness is not None:
                    is_same = (one.device, one.inode) == file.identity
                    is_named = os.path.realpath(one.path) == real
                    rank = (likeness, is_same, is_named, fingerprint.length, -index)
                    yield rank, index, one


def _likeness(file: File, position: Position) -> int | None:
    chain = chain_of(position)
    if chain.is_empty:  # of an older ledger, or not read yet
        return _WHOLLY
    try:
        content = Content(file.path)
        try:
            if not content.is_archive and is_recognised(content, chain):
                return _WHOLLY
            common = agreed_marks(content, chain)
        finally:
            content.close()
    except READ_ERRORS as error:
        raise ExporterError(f"{file.path}: cannot be read: {reason_of(error)}") from error
    if common.other_ended:
        return _WHOLLY
    if common.ended:
        return _SHORTER
    return _PARTLY if common.offset > position.offset // 2 else None


def chain_of(position: Position) -> Chain:
    """Return the digests of the content that was counted under a position."""
    return Chain.decode(position.chain)
