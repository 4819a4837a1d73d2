"""Expand the paths of the sources, and list the files beside a path."""

import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from ..errors import ExporterError
from ..logs import get
from .expansion import expand
from .model import STDIN, FileState, FileStatus, SourceSpec

_RESCAN_SECONDS = 5.0

log = get(__name__)


class Paths:
    """The paths of all sources, expanded again every few seconds.

    A path of several sources belongs to the first one.
    """

    def __init__(self, specs: Sequence[SourceSpec], max_files: int = sys.maxsize) -> None:
        """Start without expanding any path."""
        self._specs = tuple(specs)
        self._max_files = max_files
        self._next = float("-inf")
        self.found: dict[str, SourceSpec] = {}
        self.troubles: tuple[FileStatus, ...] = ()  # paths without files, files beyond the limit

    def expand(self, now: float) -> bool:
        """Update `found` if that is due; return True if it was."""
        if now < self._next:
            return False
        self._next = now + _RESCAN_SECONDS
        found: dict[str, SourceSpec] = {}
        troubles: list[FileStatus] = []
        for spec in self._specs:
            expansion = expand(spec.path)
            for path in expansion.files:
                found.setdefault(path, spec)
            troubles += (
                FileStatus(spec.name, one.path, 0, 0, 0.0, one.reason, one.state)
                for one in expansion.missing
            )
        if len(found) > self._max_files:
            troubles += self._limit(found)
        self.found = found
        self.troubles = tuple(troubles)
        return True

    def _limit(self, found: dict[str, SourceSpec]) -> Iterator[FileStatus]:
        """Drop paths beyond the limit, first those that were not followed before."""
        known = [path for path in found if path in self.found]
        new = [path for path in found if path not in self.found]
        kept = frozenset(islice((*known, *new), self._max_files))
        left_out = [path for path in found if path not in kept]
        numbers: Counter[SourceSpec] = Counter()
        sizes: Counter[SourceSpec] = Counter()
        for path in left_out:
            spec = found.pop(path)
            numbers[spec] += 1
            sizes[spec] += _size(path)
        reason = f"more than {self._max_files} files: the others are not read"
        for spec, number in numbers.items():
            state = FileState.beyond_cap
            yield FileStatus(spec.name, spec.path, 0, sizes[spec], 0.0, reason, state, number)


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def matching(typed: str) -> list[str]:
    """Return the files that a path expands to now; a plain path need not exist."""
    return [typed] if typed == STDIN else list(expand(typed).files)


def files_of(typed: str) -> list[str]:
    """Return the files of a path from the command line or the configuration.

    For commands that read files to their end: raise `ExporterError` if there is none, warn if a
    part of the path has none. A plain path need not exist: opening it will raise the error.
    """
    if typed == STDIN:
        return [typed]
    expansion = expand(typed)
    for one in expansion.missing:
        if not expansion.files:
            raise ExporterError(f"{one.path}: {one.reason}")
        if one.path not in expansion.files:
            said = "part of a path leads to no file"
            log.warning(said, file=one.path, reason=one.reason, always=True)
    return list(expansion.files)


def siblings(path: str, inode: int | None = None) -> Iterator[str]:
    """Iterate over files beside a path that may have its former content, such as `name.1`.

    `inode`: only files with this inode.
    """
    directory, name = os.path.split(os.path.realpath(path))
    stem = name.split(".", 1)[0]
    try:
        entries = sorted(os.scandir(directory), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        wanted = inode is None or entry.inode() == inode
        if wanted and entry.name.startswith(stem) and entry.is_file():
            yield entry.path
