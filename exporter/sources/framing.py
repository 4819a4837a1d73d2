"""Framing: cut a stream of bytes into whole lines, with bounded memory."""

from io import BytesIO
from typing import NamedTuple


def is_utf8(data: bytes) -> bool:
    """Return whether bytes are UTF-8."""
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


class Lines(NamedTuple):
    """Complete lines, each with its newline, how many were too long, and whether all is UTF-8.

    `gaps`: where in the text each line is missing that was too long, and how long it was.
    """

    text: bytes
    too_long: int
    utf8: bool
    gaps: tuple[tuple[int, int], ...] = ()


NONE = Lines(b"", 0, utf8=True)


def split(text: bytes) -> list[bytes]:
    """Return the lines of a text without their newlines."""
    # `bytes.split` looks at every byte for itself: half the speed on lines of this length.
    return [line[:-1] for line in BytesIO(text)]


class Framer:
    """Cuts one stream of bytes into lines.

    A line longer than `max_line` bytes is dropped as it streams and counted at its end.
    `pending_bytes` is how many bytes have been fed since the end of the last complete line.
    """

    def __init__(self, max_line: int) -> None:
        """`max_line`: the longest line in bytes, without its newline."""
        self._max_line = max_line
        self._parts: list[bytes] = []
        self.pending_bytes = 0

    def feed(self, chunk: bytes) -> Lines:
        """Return the lines that end in this chunk."""
        end = chunk.rfind(b"\n")
        if end < 0:
            self._keep(chunk)
            return NONE
        pending = self.pending_bytes
        whole = b"".join((*self._parts, memoryview(chunk)[: end + 1]))
        self._parts, self.pending_bytes = [], 0
        self._keep(chunk[end + 1 :])
        gaps: list[tuple[int, int]] = []
        if pending > self._max_line:
            # What is left of the dropped line stands before the first newline.
            rest = whole.index(b"\n") + 1
            whole = whole[rest:]
            gaps.append((0, pending + rest))
        if self._has_too_long(whole):
            whole = self._without_too_long(whole, gaps)
        return Lines(whole, len(gaps), is_utf8(whole), tuple(gaps))

    def _without_too_long(self, text: bytes, gaps: list[tuple[int, int]]) -> bytes:
        kept = BytesIO()
        for line in BytesIO(text):
            if len(line) <= self._max_line + 1:
                kept.write(line)
            else:
                gaps.append((kept.tell(), len(line)))
        return kept.getvalue()

    def _has_too_long(self, text: bytes) -> bool:
        start = 0
        while len(text) - start > self._max_line + 1:
            # What lies between two newlines so close together is no longer than they are apart.
            start = text.rfind(b"\n", start, start + self._max_line + 1) + 1
            if not start:
                return True
        return False

    def flush(self) -> Lines:
        """Return the unterminated last line of a finished stream, if there is one."""
        pending, self.pending_bytes = self.pending_bytes, 0
        whole, self._parts = b"".join(self._parts), []
        if not pending:
            return NONE
        if pending > self._max_line:
            return Lines(b"", 1, utf8=True)
        return Lines(whole + b"\n", 0, is_utf8(whole))

    def _keep(self, rest: bytes) -> None:
        if not rest:
            return
        self.pending_bytes += len(rest)
        if self.pending_bytes > self._max_line:
            self._parts.clear()
        else:
            self._parts.append(rest)
