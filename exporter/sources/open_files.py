"""Limit the number of open files: close the least recently used one for a new one."""

from collections.abc import Iterator

from .tailed_file import TailedFile

MAX_OPEN = 256


class OpenFiles:
    """The open files, ordered by their last use."""

    def __init__(self) -> None:
        """Begin with none."""
        self._used: dict[TailedFile, None] = {}

    def __iter__(self) -> Iterator[TailedFile]:
        """Iterate over the open files, the least recently used first."""
        return iter(tuple(self._used))

    def use(self, file: TailedFile) -> None:
        """The file is open and in use."""
        self._used.pop(file, None)
        self._used[file] = None
        if len(self._used) > MAX_OPEN:
            self._used = {one: None for one in self._used if one.content is not None}
        if len(self._used) > MAX_OPEN:
            self._close_one(file)

    def drop(self, file: TailedFile) -> None:
        """The file is no longer used."""
        self._used.pop(file, None)

    def _close_one(self, last: TailedFile) -> None:
        """Close a file that its path leads to again; a rotated file only if it is finished."""
        others = [file for file in self._used if file is not last and not file.has_pending]
        named = (file for file in others if not file.life.is_rotated)
        finished = (file for file in others if file.life.is_finished)
        file = next(named, None) or next(finished, None)
        if file is not None:
            file.close()
            del self._used[file]
