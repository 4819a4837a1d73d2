"""A log of the answers for the pipeline to tail, rotated to limit its size."""

import contextlib
import os
from pathlib import Path

MOST_BYTES = 64 << 20


class Spool:
    """A file of records; at its limit it is renamed to `.1`, replacing the former `.1`."""

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES) -> None:
        """Create the file, accessible to its owner only."""
        self._path = path
        self._most = most_bytes
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = self._open()
        # The unwritten rest of a line, after a full disk. A line that a former process left
        # unfinished is ended here, since a record after half a line would be lost.
        self._rest = b"" if _ends_in_line(path) else b"\n"
        self._is_synced = False
        with contextlib.suppress(OSError):
            self._write()

    def append(self, record: bytes) -> None:
        """Write a line, which is durable after `sync`."""
        self._write()
        if os.fstat(self._file).st_size >= self._most:
            self._rotate()
        self._rest = record
        self._write()

    def sync(self) -> None:
        """Make everything that was written durable."""
        self._write()
        if not self._is_synced:
            os.fsync(self._file)
            self._is_synced = True

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _write(self) -> None:
        """Write the rest; on OSError keep the part that is not written."""
        while self._rest:
            self._is_synced = False
            self._rest = self._rest[os.write(self._file, self._rest) :]

    def _rotate(self) -> None:
        os.fsync(self._file)
        # The file is already renamed if there was no room to create the next one.
        with contextlib.suppress(FileNotFoundError):
            self._path.replace(self._path.with_name(f"{self._path.name}.1"))
        # Close last: if opening fails, a closed descriptor could be reused for another file.
        former, self._file = self._file, self._open()
        os.close(former)

    def _open(self) -> int:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        return os.open(self._path, flags, 0o600)


def _ends_in_line(path: Path) -> bool:
    """Return whether a file ends with a whole line, or is empty."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        return file.read() in {b"", b"\n"}
