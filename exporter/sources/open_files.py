"""Limit the number of open files by closing the least recently used one."""

from collections.abc import Iterator

from .tailed_file import TailedFile

MAX_OPEN = 256


class OpenFiles:
    """The open files in order of their last use."""

    def __init__(self) -> None:
        """Start with no open file."""
        self._used: dict[TailedFile, None] = {}

    def __iter__(self) -> Iterator[TailedFile]:
        """Iterate over the open files, least recently used first."""
        return iter(tuple(self._used))

    def use(self, file: TailedFile) -> None:
        """Mark a file as just used; close another one if too many are open."""
        self._used.pop(file, None)
        self._used[file] = None
        if len(self._used) > MAX_OPEN:
            self._used = {one: None for one in self._used if one.content is not None}
        if len(self._used) > MAX_OPEN:
            self._close_one(file)

    def drop(self, file: TailedFile) -> None:
        """Remove a file that is no longer used."""
        self._used.pop(file, None)

    def _close_one(self, last: TailedFile) -> None:
        """Close a file that can be opened again by its path, or else a finished one."""
        others = [file for file in self._used if file is not last and not file.has_pending]
        named = (file for file in others if not file.life.is_rotated)
        finished = (file for file in others if file.life.is_finished)
        file = next(named, None) or next(finished, None)
        if file is not None:
            file.close()
            del self._used[file]
