"""Restore file names that contain a secret: positions store them masked.

A followed file is identified by its content and inode. Its name is needed to search for rotated
files beside it, so it is restored after a restart.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ..positions import Position
from ..values.masking import is_mask, masked
from .content import READ_ERRORS, Content
from .fingerprints import fingerprint_of


def revealed(positions: Iterable[Position], paths: Iterable[str]) -> Sequence[Position]:
    """Return positions with masked names restored from files at these paths or beside them.

    `paths` is consumed only if a name is masked. A name that is not found stays masked.
    """
    known = tuple(positions)
    if not any(is_mask(one.path + one.target) for one in known):
        return known
    there = [(masked(path), path) for path in _beside(paths)]
    return tuple(
        replace(one, path=_named(one, one.path, there), target=_named(one, one.target, there))
        for one in known
    )


def _named(position: Position, shown: str, there: Sequence[tuple[str, str]]) -> str:
    """Return the only path with this masked form, else one with the file's inode or content."""
    if not is_mask(shown):
        return shown
    same = [path for mask, path in there if mask == shown]
    if len(same) == 1:
        return same[0]
    alike = [path for mask, path in there if mask.startswith(shown)]
    for is_it in (_has_inode, _has_content):
        for path in alike:
            if is_it(path, position):
                return path
    return shown


def _has_inode(path: str, position: Position) -> bool:
    try:
        status = os.stat(path)
    except OSError:
        return False
    return (status.st_dev, status.st_ino) == (position.device, position.inode)


def _has_content(path: str, position: Position) -> bool:
    wanted = position.fingerprint
    try:
        content = Content(path)
        try:
            return fingerprint_of(content.first_bytes(wanted.length)) == wanted
        finally:
            content.close()
    except READ_ERRORS:
        return False


def _beside(paths: Iterable[str]) -> Iterator[str]:
    given = tuple(paths)
    real = (os.path.realpath(path) for path in given)
    for folder in dict.fromkeys(os.path.dirname(path) for path in (*given, *real)):
        try:
            entries = sorted(os.listdir(folder or "."))
        except OSError:
            continue
        yield from (os.path.join(folder, name) for name in entries)
