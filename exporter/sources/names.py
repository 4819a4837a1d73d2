"""The names of a followed file."""

import os
from collections.abc import Iterator

from ..values.masking import masked
from .paths import siblings


class Names:
    """The followed paths of a file, the path it is read under, and the one it came from."""

    def __init__(self, path: str, target: str = "") -> None:
        """`path` is where the file was found, `target` where that led if it was a link."""
        self.path = path
        self.target = target
        self.origin = path  # its name before it was rotated away
        self._since: dict[str, int] = {}  # the poll in which each followed path was found

    def __bool__(self) -> bool:
        """Return whether any followed path leads to the file."""
        return bool(self._since)

    @property
    def masked_path(self) -> str:
        """The path with secrets masked, for positions, which are stored and shown."""
        return masked(self.path)

    @property
    def masked_target(self) -> str:
        """The target with secrets masked, likewise."""
        return masked(self.target)

    def followed(self) -> tuple[str, ...]:
        """Return the followed paths that lead to the file."""
        return tuple(self._since)

    def places(self, inode: int | None = None) -> Iterator[str]:
        """Iterate over paths where the content may be now, beside the path and its target.

        `inode`: only files with this inode.
        """
        looked = dict.fromkeys(siblings(self.path, inode))
        yield from looked
        if self.target:
            yield from (path for path in siblings(self.target, inode) if path not in looked)

    def add(self, path: str, poll: int) -> None:
        """Add a followed path of the file, found in this poll if it is new."""
        self._since.setdefault(path, poll)
        real = os.path.realpath(path)
        if real != os.path.abspath(path):
            self.target = real

    def drop(self, path: str) -> None:
        """Remove a followed path."""
        self._since.pop(path, None)

    def clear(self) -> tuple[str, ...]:
        """Remove all followed paths and return them."""
        followed = self.followed()
        self._since.clear()
        return followed

    def move(self, path: str) -> None:
        """Set the path that the file is read under."""
        self.path = path

    def mark_rotated(self, origin: str) -> None:
        """Set the path that the file was rotated away from."""
        self.origin = origin

    def fall_back(self, poll: int) -> bool:
        """Switch to another followed path; return False if none is from before this poll.

        A name that was found in this poll is the one that the file was moved to.
        """
        if all(since >= poll for since in self._since.values()):
            return False
        self.path = next(iter(self._since))
        return True
