"""The last seen state of a file on disk, and its last activity."""

import os

QUIET_SECONDS = 5.0
_NOT_LOOKED_AT = (-1, -1)


class Sightings:
    """Observations of one file."""

    def __init__(self) -> None:
        """Start without observations."""
        self._size_and_mtime = _NOT_LOOKED_AT
        self.quiet_since = 0.0  # time of the last activity
        self.size: int | None = None  # the last seen size of this content
        self._size_before: int | None = None
        self.is_lost = False  # whether part of it is lost, as far as known
        self._lost_bytes = 0
        self.is_archive = False

    def look(self, status: os.stat_result) -> bool:
        """Note the file's status; return True if size or modification time have changed."""
        before = self._size_and_mtime
        self._size_and_mtime = (status.st_size, status.st_mtime_ns)
        if status.st_size != self.size:
            self.size, self._size_before = status.st_size, self.size
        return self._size_and_mtime != before

    def forget(self) -> None:
        """Make the next look report a change."""
        self._size_and_mtime = _NOT_LOOKED_AT

    def take_back(self) -> None:
        """Restore the previous size, as the last one was other content's."""
        self.size, self._size_before = self._size_before, None

    def note_activity(self, now: float) -> None:
        """Note that something was apparently written."""
        self.quiet_since = now

    def is_quiet(self, now: float, seconds: float = QUIET_SECONDS) -> bool:
        """Return True if the file was inactive long enough for its last line to be complete."""
        return now - self.quiet_since >= seconds

    def lose(self, size: int | None) -> None:
        """Note a number of lost bytes, None if it is unknown."""
        self._lost_bytes = size or 0
        self.is_lost = size != 0

    def find(self, *, is_archive: bool) -> None:
        """Note that the content is open; an archive's size does not show what is unread."""
        self.is_lost, self.is_archive = False, is_archive

    def take_lost(self) -> int:
        """Return the number of bytes known to be lost, and reset it."""
        lost, self._lost_bytes = self._lost_bytes, 0
        return lost
