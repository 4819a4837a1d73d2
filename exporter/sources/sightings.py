"""What was seen of a file on disk, and when something last happened to it."""

import os

QUIET_SECONDS = 5.0
_NOT_LOOKED_AT = (-1, -1)


class Sightings:
    """The looks at one file."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._size_and_mtime = _NOT_LOOKED_AT
        self.quiet_since = 0.0  # when something last happened
        self.size: int | None = None  # the last that was seen of this content
        self._size_before: int | None = None
        self.is_lost = False  # something of it, as far as is known
        self._lost_bytes = 0
        self.is_archive = False

    def look(self, status: os.stat_result) -> bool:
        """Return whether its size or modification time has changed since the last look."""
        before = self._size_and_mtime
        self._size_and_mtime = (status.st_size, status.st_mtime_ns)
        if status.st_size != self.size:
            self.size, self._size_before = status.st_size, self.size
        return self._size_and_mtime != before

    def forget(self) -> None:
        """Whatever the next look finds has changed."""
        self._size_and_mtime = _NOT_LOOKED_AT

    def take_back(self) -> None:
        """What was seen last was other content."""
        self.size, self._size_before = self._size_before, None

    def note_activity(self, now: float) -> None:
        """Something was written, as far as one can tell."""
        self.quiet_since = now

    def is_quiet(self, now: float, seconds: float = QUIET_SECONDS) -> bool:
        """Return whether nothing has come for so long that the last line counts as complete."""
        return now - self.quiet_since >= seconds

    def lose(self, size: int | None) -> None:
        """So many bytes are lost; None if their number is not known."""
        self._lost_bytes = size or 0
        self.is_lost = size != 0

    def find(self, *, is_archive: bool) -> None:
        """The content was found and is open; an archive's size does not tell what is unread."""
        self.is_lost, self.is_archive = False, is_archive

    def take_lost(self) -> int:
        """Return how many bytes are known to be lost, once."""
        lost, self._lost_bytes = self._lost_bytes, 0
        return lost
