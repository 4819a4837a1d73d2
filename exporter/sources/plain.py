"""Read a plain file up to the NULs at its end, which its writer may still fill."""

import os

from .nuls import NUL, end_of_nuls, is_nul, without_nul_tail

_CHECK_BYTES = 1 << 12  # a writer fills NULs from the first one on
_TRIES = 8  # a log's writer does not keep changing what it has written

_State = tuple[int, int]  # size and modification time


class PlainFile:
    """An open file that remembers where it found NULs, since there may be gigabytes."""

    def __init__(self, file: int) -> None:
        """`file` is a file descriptor."""
        self._file = file
        self._waiting: tuple[int, _State] = (-1, (0, 0))
        self._run: tuple[int, int, _State] = (0, -1, (0, 0))

    def _look(self) -> _State:
        try:
            status = os.fstat(self._file)
        except OSError:
            return -1, -1  # the file handle is stale
        return status.st_size, status.st_mtime_ns

    def is_waiting(self, offset: int) -> bool:
        """Return True if there were only NULs after an offset, and nothing has changed since."""
        start, state = self._waiting
        return (
            start == offset
            and state == self._look()
            and is_nul(os.pread(self._file, _CHECK_BYTES, offset))
        )

    def read(self, offset: int, limit: int) -> bytes:
        """Return up to `limit` bytes, without NULs that nothing follows; raise OSError.

        Data with NULs is read twice, as a writer may have been about to fill them at the first
        read.
        """
        if self.is_waiting(offset):
            return b""
        data = os.pread(self._file, limit, offset)
        if data.find(NUL) < 0:
            return data
        for _ in range(_TRIES):
            passed = self._without_waiting(data, offset)
            data = os.pread(self._file, limit, offset)
            if data.startswith(passed):
                return passed
        return b""

    def pass_nuls(self, offset: int) -> int:
        """Return the end of the known run of NULs at an offset just reached, else the offset."""
        start, end, _ = self._run
        return end if start <= offset < end and self._has_text_at(end) else offset

    def _without_waiting(self, data: bytes, offset: int) -> bytes:
        if data[-1:] != NUL:
            return data
        state = self._look()
        if self._end_of_run(offset + len(data), state) < state[0]:
            return data
        data = without_nul_tail(data)
        self._waiting = (offset + len(data), state)
        return data

    def _end_of_run(self, offset: int, state: _State) -> int:
        """Return the end of the run of NULs at an offset."""
        start, end, known = self._run
        is_known = start <= offset <= end and (known == state or self._has_text_at(end))
        if not is_known:
            start, end = offset, end_of_nuls(self._file, offset)
        self._run = (start, end, state)
        return end

    def _has_text_at(self, offset: int) -> bool:
        return not is_nul(os.pread(self._file, 1, offset))
