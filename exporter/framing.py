"""Framing: chunks of bytes in, whole lines out; bounded, whatever the input."""

from io import BytesIO
from typing import NamedTuple

try:
    from .utf8 import is_utf8
except ImportError:

    def is_utf8(data: bytes) -> bool:
        """Whether bytes are UTF-8."""
        if data.isascii():
            return True
        try:
            data.decode()
        except UnicodeDecodeError:
            return False
        return True


class Lines(NamedTuple):
    """Complete lines, each with its newline, how many were too long, and whether all is UTF-8."""

    text: bytes
    too_long: int
    utf8: bool


_NONE = Lines(b"", 0, utf8=True)


def split(text: bytes) -> list[bytes]:
    """The lines of a text without their newlines."""
    # `bytes.split` looks at every byte for itself: half the speed on lines of this length.
    return [line[:-1] for line in BytesIO(text)]


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
        whole = b"".join((*self._parts, memoryview(chunk)[: end + 1]))
        self._parts, self.held = [], 0
        self._hold(chunk[end + 1 :])
        too_long = 0
        if skipping:
            # What is left of the dropped line stands before the first newline.
            whole = whole[whole.index(b"\n") + 1 :]
            too_long = 1
        if self._has_too_long(whole):
            lines = split(whole)
            kept = [line for line in lines if len(line) <= self._max_line]
            too_long += len(lines) - len(kept)
            whole = b"".join(line + b"\n" for line in kept)
        return Lines(whole, too_long, is_utf8(whole))

    def _has_too_long(self, text: bytes) -> bool:
        start = 0
        while len(text) - start > self._max_line + 1:
            # What lies between two newlines so close together is no longer than they are apart.
            start = text.rfind(b"\n", start, start + self._max_line + 1) + 1
            if not start:
                return True
        return False

    def flush(self) -> Lines:
        """The unterminated last line of a finished stream, if there is one."""
        held, self.held = self.held, 0
        whole, self._parts = b"".join(self._parts), []
        if not held:
            return _NONE
        if held > self._max_line:
            return Lines(b"", 1, utf8=True)
        return Lines(whole + b"\n", 0, is_utf8(whole))

    def _hold(self, rest: bytes) -> None:
        if not rest:
            return
        self.held += len(rest)
        if self.held > self._max_line:
            self._parts.clear()
        else:
            self._parts.append(rest)
