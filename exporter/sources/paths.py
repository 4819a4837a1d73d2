"""Expand patterns, and list the files beside a path."""

import glob
import os
from collections.abc import Iterator, Sequence

from .model import SourceSpec

MAX_FILES = 10_000
_RESCAN_SECONDS = 5.0


class Paths:
    """The paths of all sources; globs are expanded every few seconds.

    A path that several sources name belongs to the first.
    """

    def __init__(self, specs: Sequence[SourceSpec]) -> None:
        """Expand nothing yet."""
        self._specs = tuple(specs)
        self._next = float("-inf")
        self.found: dict[str, SourceSpec] = {}

    def expand(self, now: float) -> bool:
        """Bring `found` up to date if that is due, and return whether it was."""
        if now < self._next:
            return False
        self._next = now + _RESCAN_SECONDS
        self.found = {}
        for spec in self._specs:
            for path in matching(spec.path):
                if len(self.found) < MAX_FILES:
                    self.found.setdefault(path, spec)
        return True


def matching(pattern: str) -> list[str]:
    """Return the files that a pattern names, sorted; a plain path need not exist."""
    if not glob.has_magic(pattern) or os.path.exists(pattern):
        return [pattern]
    return sorted(path for path in glob.glob(pattern, recursive=True) if not os.path.isdir(path))


def siblings(path: str, inode: int | None = None) -> Iterator[str]:
    """Iterate over the files beside a path that may hold what it held, such as `name.1`.

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
