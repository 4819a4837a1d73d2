"""Cut bytes into lines; omit lines that are too long and long runs of blank ones."""

import re
from collections.abc import Iterator
from io import BytesIO

from .framing import NONE, Gap, Lines, skipped
from .nuls import NUL

BOM = b"\xef\xbb\xbf"

# Blank lines cost as much as other lines unless they are omitted. Runs that are shorter than the
# distance between two samples may not be noticed.
_SAMPLE_BYTES = 32
_SAMPLE_DISTANCE = 1 << 15
_SPLIT_BYTES = 1 << 16
_BLANK_HEAD = re.compile(rb"[ \t\r\n\v\f]{31,}\n")
_BLANK_RUN = re.compile(rb"\n([ \t\r\n\v\f]{31,}\n)")


def split(text: bytes) -> Iterator[list[bytes]]:
    """Yield the lines of a text, each with the newline that ends it, some 64 KiB at a time."""
    # `bytes.split` checks every byte on its own: half the speed for lines of usual length.
    rest = BytesIO(text)
    while lines := rest.readlines(_SPLIT_BYTES):
        yield lines


def bare(line: bytes) -> bytes:
    """Return a line without its newline, or CR and newline."""
    return line[:-1].removesuffix(b"\r")


def newlines_for_nuls(text: bytes) -> bytes:
    """Replace each NUL in a text with the newline that it stands for."""
    return text.replace(NUL, b"\n")


class Picker:
    """A builder of lines from pieces of a stream that notes the omitted ones."""

    def __init__(self) -> None:
        """Start empty."""
        self._text = BytesIO()
        self._gaps: list[Gap] = []
        self._nul_bytes = 0

    def keep(self, text: bytes) -> None:
        """Add a piece."""
        self._text.write(text)

    def skip(self, size: int, *, too_long: int = 0, nul_bytes: int = 0) -> None:
        """Omit a piece; a size of -1 accounts for an added newline."""
        gap = Gap(self._text.tell(), size, too_long, nul_bytes)
        if self._gaps and self._gaps[-1].place == gap.place:
            last = self._gaps.pop()
            gap = Gap(gap.place, *(old + new for old, new in zip(last[1:], gap[1:], strict=True)))
        if any(gap[1:]):
            self._gaps.append(gap)
        self._nul_bytes += nul_bytes

    def add_newline(self) -> None:
        """End a line with a newline that is not in the stream."""
        self.skip(-1)
        self.keep(b"\n")

    def lines(self) -> Lines:
        """Return the lines."""
        text = self._text.getvalue()
        return Lines(text, tuple(self._gaps), self._nul_bytes + text.count(NUL))


class LineCutter:
    """A cutter of one stream of bytes into lines.

    A line longer than `max_line` bytes is dropped as it streams and counted at its end. A byte
    order mark at the start and a CR before the newline don't count towards the length.
    """

    wrapper = ""

    def __init__(self, max_line: int, *, at_start: bool = True) -> None:
        """`max_line`: the longest line in bytes; `at_start`: a byte order mark may come first."""
        self._max_line = max_line
        self._at_start = at_start
        self._parts: list[bytes] = []
        self._is_blank = True  # whether the dropped part of the unfinished line is blank
        self.pending_bytes = 0

    @property
    def _limit(self) -> int:
        """The most bytes that an unfinished line may have."""
        return self._max_line + 1 + len(BOM) * self._at_start

    def feed(self, data: bytes, *, has_nuls: bool = True) -> Lines:
        """Return the lines that end in this data."""
        end = data.rfind(b"\n")
        if has_nuls:
            end = max(end, data.rfind(NUL))
        if end < 0:
            self._keep(data)
            return NONE
        dropped = self.pending_bytes if self.pending_bytes > self._limit else 0
        was_blank = self._is_blank
        whole = b"".join((*self._parts, memoryview(data)[: end + 1]))
        ended = newlines_for_nuls(whole) if has_nuls else whole
        if not (dropped or has_nuls or self._at_start or self._is_odd(ended)):
            found = Lines(whole)
        else:
            found = self._pick(whole, ended, dropped, was_blank=was_blank)
        self._begin_line(data[end + 1 :])
        return found

    def _begin_line(self, rest: bytes) -> None:
        self._parts, self.pending_bytes, self._is_blank = [], 0, True
        self._at_start = False
        self._keep(rest)

    def _is_odd(self, text: bytes) -> bool:
        return _has_blank_run(text) or self._may_have_too_long(text)

    def _pick(self, whole: bytes, ended: bytes, dropped: int, *, was_blank: bool) -> Lines:
        """Omit what is not a line to keep; in `ended` newlines replace NULs."""
        picker = Picker()
        start = 0
        if dropped:
            start = ended.index(b"\n") + 1
            is_blank = was_blank and ended[:start].isspace()
            nuls = whole.count(NUL, 0, start)
            picker.skip(dropped + start, too_long=int(not is_blank), nul_bytes=nuls)
        elif self._at_start and whole.startswith(BOM):
            start = len(BOM)
            picker.skip(start)
        for begin, end, is_blank in _stretches(ended, start):
            if is_blank:
                picker.skip(end - begin, nul_bytes=whole.count(NUL, begin, end))
            else:
                self._pick_lines(picker, whole[begin:end], ended[begin:end])
        return picker.lines()

    def _pick_lines(self, picker: Picker, whole: bytes, ended: bytes) -> None:
        if not self._may_have_too_long(ended):
            picker.keep(whole)
            return
        start = 0
        for line in BytesIO(ended):
            text = whole[start : start + len(line)]
            start += len(line)
            if not self._is_too_long(line):
                picker.keep(text)
            else:
                nuls = text.count(NUL)
                picker.skip(len(text), too_long=int(not line.isspace()), nul_bytes=nuls)

    def _is_too_long(self, line: bytes) -> bool:
        excess = len(line) - 1 - self._max_line
        return excess > 1 or (excess == 1 and not line.endswith(b"\r\n"))

    def _may_have_too_long(self, text: bytes) -> bool:
        start = 0
        while len(text) - start > self._max_line + 1:
            # No line between two newlines this close together can be too long.
            start = text.rfind(b"\n", start, start + self._max_line + 1) + 1
            if not start:
                return True
        return False

    def end_by_nuls(self, nuls: int) -> Lines:
        """Return the unfinished line, which the first of some NULs ends, and the NULs."""
        if not self.pending_bytes:
            self._at_start = False
            return skipped(nuls, nuls)
        return self.feed(NUL).then(skipped(nuls - 1, nuls - 1))

    def flush(self) -> Lines:
        """Return the unterminated last line of a finished stream, if any."""
        if not self.pending_bytes:
            return NONE
        picker = Picker()
        line = b"".join(self._parts)
        if self._at_start and line.startswith(BOM):
            line = line[len(BOM) :]
            picker.skip(len(BOM))
        if self.pending_bytes > self._limit:
            picker.skip(self.pending_bytes, too_long=int(not self._is_blank))
        elif self._is_too_long(line + b"\n"):
            picker.skip(len(line), too_long=int(not line.isspace()))
        elif line:
            picker.keep(line)
            picker.add_newline()
        self._begin_line(b"")
        return picker.lines()

    def _keep(self, rest: bytes) -> None:
        if not rest:
            return
        self.pending_bytes += len(rest)
        self._parts.append(rest)
        if self.pending_bytes > self._limit:
            self._is_blank = self._is_blank and all(map(bytes.isspace, self._parts))
            self._parts.clear()


def _has_blank_run(text: bytes) -> bool:
    """Return True if a long run of blank lines is likely."""
    samples = range(0, len(text), _SAMPLE_DISTANCE)
    return any(text[at : at + _SAMPLE_BYTES].isspace() for at in samples)


def _stretches(text: bytes, start: int) -> Iterator[tuple[int, int, bool]]:
    """Yield start and end of stretches of a text, and whether they are only blank lines."""
    head = _BLANK_HEAD.match(text, start)
    if head:
        yield *head.span(), True
        start = head.end()
    for run in _BLANK_RUN.finditer(text, max(0, start - 1)):
        if run.start(1) > start:
            yield start, run.start(1), False
        yield *run.span(1), True
        start = run.end()
    if start < len(text):
        yield start, len(text), False
