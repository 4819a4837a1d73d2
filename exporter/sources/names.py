"""The names of a followed file."""

import os
from collections.abc import Iterator

from ..values.masking import masked
from .paths import siblings


class Names:
    """The followed paths that lead to a file, and the paths it is read under and came from."""

    def __init__(self, path: str, target: str = "") -> None:
        """`path` is where it was found, `target` where that led, if it was a link."""
        self.path = path
        self.target = target
        self.origin = path  # its name before it was rotated away
        self._since: dict[str, int] = {}  # the poll in which each followed path was found

    def __bool__(self) -> bool:
        """Return whether any followed path leads to the file."""
        return bool(self._since)

    @property
    def masked_path(self) -> str:
        """Return the path for a position: that is stored and shown."""
        return masked(self.path)

    @property
    def masked_target(self) -> str:
        """Return where the path led, likewise."""
        return masked(self.target)

    def followed(self) -> tuple[str, ...]:
        """Return the followed paths that lead to the file."""
        return tuple(self._since)

    def places(self, inode: int | None = None) -> Iterator[str]:
        """Iterate over where the content may be now, beside the path and where it led.

        `inode`: only files with this inode.
        """
        looked = dict.fromkeys(siblings(self.path, inode))
        yield from looked
        if self.target:
            yield from (path for path in siblings(self.target, inode) if path not in looked)

    def add(self, path: str, poll: int) -> None:
        """A followed path leads to the file, since this poll if it did not before."""
        self._since.setdefault(path, poll)
        real = os.path.realpath(path)
        if real != os.path.abspath(path):
            self.target = real

    def drop(self, path: str) -> None:
        """A followed path no longer leads to the file."""
        self._since.pop(path, None)

    def clear(self) -> tuple[str, ...]:
        """No followed path leads to the file any more; return those that did."""
        followed = self.followed()
        self._since.clear()
        return followed

    def move(self, path: str) -> None:
        """The file is read under this path now."""
        self.path = path

    def mark_rotated(self, origin: str) -> None:
        """The file was rotated away from this path."""
        self.origin = origin

    def fall_back(self, poll: int) -> bool:
        """Go by a second name; return False if there is none from before this poll.

        A name that was found in this poll is the one that the file was moved to.
        """
        if all(since >= poll for since in self._since.values()):
            return False
        self.path = next(iter(self._since))
        return True
