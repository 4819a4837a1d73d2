"""At most so many open files: the one that was used longest ago is closed for a new one."""

from collections.abc import Iterator

from .tracked import Tracked

MAX_OPEN = 256


class Handles:
    """The open files by their last use."""

    def __init__(self) -> None:
        """None open yet."""
        self._used: dict[Tracked, None] = {}

    def __iter__(self) -> Iterator[Tracked]:
        """The open files, the longest unused first."""
        return iter(tuple(self._used))

    def use(self, file: Tracked) -> None:
        """The file is open and in use."""
        self._used.pop(file, None)
        self._used[file] = None
        if len(self._used) > MAX_OPEN:
            self._used = {one: None for one in self._used if one.content is not None}
        if len(self._used) > MAX_OPEN:
            self._close_one(file)

    def drop(self, file: Tracked) -> None:
        """The file is of no more use."""
        self._used.pop(file, None)

    def _close_one(self, last: Tracked) -> None:
        """Close what is found again by its path; a rotated file only if it is finished."""
        others = [file for file in self._used if file is not last and not file.is_within_line]
        for file in (*(f for f in others if not f.rotated), *(f for f in others if f.finished)):
            file.detach()
            del self._used[file]
            return
