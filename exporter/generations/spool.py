"""The answers as a log that the pipeline follows, rotated so that its size is limited."""

import os
from pathlib import Path

MOST_BYTES = 64 << 20


class Spool:
    """Appends records; at its limit the file becomes `.1`, and the former `.1` is gone."""

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES) -> None:
        """Make the file, for its owner alone."""
        self._path = path
        self._most = most_bytes
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = self._open()
        self._is_torn = not _ends_in_line(path)
        self._is_synced = False

    def append(self, record: bytes) -> None:
        """Write a line, which is on disk after `sync`."""
        if os.fstat(self._file).st_size >= self._most:
            self._path.replace(self._path.with_name(f"{self._path.name}.1"))
            # The number of a closed file would soon be that of another one.
            former, self._file = self._file, self._open()
            try:
                os.fsync(former)
            finally:
                os.close(former)
        # What follows half a line would be lost with it.
        view = memoryview(b"\n" + record if self._is_torn else record)
        self._is_torn = True
        while view:
            view = view[os.write(self._file, view) :]
        self._is_torn = False
        self._is_synced = False

    def sync(self) -> None:
        """Have everything that was written on disk."""
        if not self._is_synced:
            os.fsync(self._file)
            self._is_synced = True

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _open(self) -> int:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        return os.open(self._path, flags, 0o600)


def _ends_in_line(path: Path) -> bool:
    """Return whether a file ends with a whole line, or is empty."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        return file.read() in {b"", b"\n"}
