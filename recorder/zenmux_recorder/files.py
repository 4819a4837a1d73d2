"""Append lines to a file that other processes may append to, and that may be rotated."""

import os
from collections.abc import Sequence
from pathlib import Path

from .sinks import Undelivered


class FileSink:
    """A file of JSON Lines.

    Each line is a single appending write, so processes can share the file. Leave rotation to
    logrotate: if the file was renamed or removed, a new one is created. `copytruncate` also works.
    """

    batch_lines = 1000
    linger_seconds = 0.0

    def __init__(self, path: str | os.PathLike[str], *, fsync: bool = False) -> None:
        """Open the file when there is something to write.

        `fsync`: make each batch durable before the next.
        """
        self._path = Path(path)
        self._fsync = fsync
        self._file: int | None = None
        self._is_torn = False

    def write(self, lines: Sequence[bytes]) -> int:
        """Append lines, with one write per line."""
        delivered = 0
        try:
            file = self._opened()
            for line in lines:
                self._append(file, line)
                delivered += 1
            if self._fsync:
                os.fsync(file)
        except OSError as error:
            reason = f"{self._path}: {error.strerror or type(error).__name__}"
            raise Undelivered(reason, delivered) from error
        return 0

    def close(self) -> None:
        """Close the file; a later write opens it again."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _opened(self) -> int:
        """Return the file that is at the path now; open or create it if needed."""
        if self._file is not None and not self._is_at_path(self._file):
            self.close()
        if self._file is None:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            self._file = os.open(self._path, flags, 0o644)
        return self._file

    def _is_at_path(self, file: int) -> bool:
        try:
            return os.path.samestat(os.fstat(file), self._path.stat())
        except FileNotFoundError:
            return False

    def _append(self, file: int, line: bytes) -> None:
        """Append a line; if the previous line was cut short by a full disk, end it first."""
        data = b"\n" + line if self._is_torn else line
        self._is_torn = os.write(file, data) < len(data)
        if self._is_torn:
            raise OSError(0, "a line was cut short: is the disk full?")
