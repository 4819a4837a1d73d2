"""Framing: chunks of bytes in, whole lines out; bounded, whatever the input."""

from io import BytesIO
from typing import NamedTuple


class Lines(NamedTuple):
    """Complete lines without their newline, how many were too long, and whether all is UTF-8."""

    lines: list[bytes]
    too_long: int
    utf8: bool


_NONE = Lines([], 0, utf8=True)


class Framer:
    """Cuts one stream of bytes into lines.

    A line longer than `max_line` bytes is dropped as it streams and counted at its end. `held` is
    how many bytes have been fed since the end of the last complete line.
    """

    def __init__(self, max_line: int) -> None:
        """Nothing fed yet."""
        self._max_line = max_line
        self._parts: list[bytes] = []
        self.held = 0

    def feed(self, chunk: bytes) -> Lines:
        """The lines that end in this chunk."""
        end = chunk.rfind(b"\n")
        if end < 0:
            self._hold(chunk)
            return _NONE
        skipping = self.held > self._max_line
        self._parts.append(chunk[: end + 1])
        whole = b"".join(self._parts)
        self._parts, self.held = [], 0
        self._hold(chunk[end + 1 :])
        # `split` looks at every byte for itself: half the speed on lines of this length.
        lines = [line[:-1] for line in BytesIO(whole)]
        too_long = 0
        if skipping:
            # What is left of the dropped line stands before the first newline.
            del lines[0]
            too_long = 1
        if len(whole) > self._max_line:
            kept = [line for line in lines if len(line) <= self._max_line]
            too_long += len(lines) - len(kept)
            lines = kept
        return Lines(lines, too_long, _is_utf8(whole))

    def flush(self) -> Lines:
        """The unterminated last line of a finished stream, if there is one."""
        held, self.held = self.held, 0
        whole, self._parts = b"".join(self._parts), []
        if not held:
            return _NONE
        if held > self._max_line:
            return Lines([], 1, utf8=True)
        return Lines([whole], 0, _is_utf8(whole))

    def _hold(self, rest: bytes) -> None:
        if not rest:
            return
        self.held += len(rest)
        if self.held > self._max_line:
            self._parts.clear()
        else:
            self._parts.append(rest)


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
