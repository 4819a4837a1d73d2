"""Cut JSON arrays into their elements, each of which becomes a line.

Everything between elements is skipped: white space, NULs, commas, and the brackets of the arrays.
Reading may resume after any element. Whether a `[` begins an array or an element depends on what
precedes it, so a comma or an opening bracket is skipped only together with the next element.
"""

import re

from .framing import NONE, Lines
from .line_cutter import BOM, Picker
from .nuls import NUL

DOCUMENT = "document"
_HEAD = re.compile(rb"(?:\xef\xbb\xbf)?[\s\0]*+(\[?)[\s\0]*+(.?)", re.DOTALL)
_BETWEEN = re.compile(rb"[\s,\]\0]*+")
_SCALAR = re.compile(rb'[^,\[\]{}"\n\0]*+')
_IN_STRING = re.compile(rb'[^"\\\n\0]*+(?:\\[^\n\0][^"\\\n\0]*+)*+')
# Up to a bracket, the quote of a string that does not end in the data, or NULs.
_IN_VALUE = re.compile(
    rb'[^"{}\[\]\0]*+(?:"[^"\\\n\0]*+(?:\\[^\n\0][^"\\\n\0]*+)*+"[^"{}\[\]\0]*+)*+'
)


def is_document(begin: bytes) -> bool | None:
    """Return whether content with this beginning is a JSON array; None if more bytes are needed.

    A `[` must be followed by an object or by `]`, since `[INFO]` begins a line of text.
    """
    if BOM.startswith(begin):
        return None
    match = _HEAD.match(begin)
    assert match is not None  # it matches anything
    bracket, behind = match.groups()
    if behind:
        return bool(bracket) and behind in b"{]"
    return None


class DocumentCutter:
    """A cutter of one stream of bytes into the elements of its arrays.

    Objects outside arrays are elements too. An element longer than `max_line` is dropped as it
    streams. NULs end an element, and so does a newline in a string, which makes it invalid.
    """

    wrapper = DOCUMENT

    def __init__(self, max_line: int, *, at_start: bool = True) -> None:
        """`max_line`: the most bytes of an element; `at_start`: a BOM may come first, undivided."""
        self._max_line = max_line
        self._at_start = at_start
        self._step = self._between
        self._held = 0  # bytes since the separator that the next element follows
        self._held_nuls = 0
        self._is_separated = False  # whether the last thing was a comma or an opening bracket
        self._depth = 0
        self._is_escaped = False
        self._parts: list[bytes] = []
        self._length = 0  # of the unfinished element
        self._picker = Picker()

    @property
    def pending_bytes(self) -> int:
        """The number of bytes fed since the end of the last returned element."""
        return self._held + self._length

    def feed(self, data: bytes, *, has_nuls: bool = True) -> Lines:  # noqa: ARG002 - all the same
        """Return the elements that end in this data."""
        at = self._skip_mark(data) if self._at_start else 0
        while at < len(data):
            at = self._step(data, at)
        return self._take_lines()

    def _skip_mark(self, data: bytes) -> int:
        self._at_start = False
        if not data.startswith(BOM):
            return 0
        self._picker.skip(len(BOM))
        return len(BOM)

    def _take_lines(self) -> Lines:
        picker, self._picker = self._picker, Picker()
        return picker.lines()

    def end_by_nuls(self, nuls: int) -> Lines:
        """Return the unfinished element, which a number of NULs ends, and the NULs."""
        if self._length:
            self._finish()
        self._hold(nuls, nuls)
        return self._take_lines()

    def flush(self) -> Lines:
        """Return the unfinished element of a finished stream, if any."""
        if not self.pending_bytes:
            return NONE
        if self._length:
            self._finish()
        self._pass_held()
        self._is_separated = False
        return self._take_lines()

    def _between(self, data: bytes, at: int) -> int:
        """Skip separators up to the next element."""
        end = self._end_of(_BETWEEN, data, at)
        if end > at:
            self._separate(data[at:end])
        if end == len(data):
            return end
        first = data[end : end + 1]
        if first == b"[" and not self._is_separated:
            self._is_separated = True
            self._held += 1
            return end + 1
        self._step = {b"[": self._value, b"{": self._value, b'"': self._string}.get(
            first, self._scalar
        )
        self._depth = 0
        if first == b'"':
            self._take(data, end, end + 1)
            return end + 1
        return end

    @staticmethod
    def _end_of(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
        match = pattern.match(data, at)
        assert match is not None  # each matches nothing too
        return match.end()

    def _separate(self, run: bytes) -> None:
        """Note separators; hold back those that decide what the next element is."""
        closed = run.rfind(b"]") + 1
        if closed:
            self._is_separated = False
        comma = run.find(b",", closed)
        passed = 0 if self._is_separated else len(run) if comma < 0 else comma
        if not self._is_separated:
            self._pass_held()
            self._picker.skip(passed, nul_bytes=run.count(NUL, 0, passed))
            self._is_separated = comma >= 0
        self._hold(len(run) - passed, run.count(NUL, passed))

    def _hold(self, size: int, nuls: int) -> None:
        self._held += size
        self._held_nuls += nuls
        if not self._is_separated:
            self._pass_held()

    def _pass_held(self) -> None:
        self._picker.skip(self._held, nul_bytes=self._held_nuls)
        self._held = self._held_nuls = 0

    def _value(self, data: bytes, at: int) -> int:
        """Continue an object or array, up to its end or a string that the data cuts off."""
        end = at
        while True:
            end = self._end_of(_IN_VALUE, data, end)
            found = data[end : end + 1]
            if not found or found == NUL:
                self._take(data, at, end)
                if found:
                    self._finish()
                return end
            end += 1
            if found == b'"':
                self._step = self._string
                self._take(data, at, end)
                return end
            self._depth += 1 if found in b"{[" else -1
            if self._depth <= 0:
                self._take(data, at, end)
                self._finish()
                return end

    def _string(self, data: bytes, at: int) -> int:
        """Continue a string that did not end in earlier data."""
        end = at
        if self._is_escaped:
            self._is_escaped = False
            end += data[at] not in b"\n\0"
        end = self._end_of(_IN_STRING, data, end)
        found = data[end : end + 1]
        if found == b"\\":
            # The rest of the escape is still to come, or it is invalid.
            self._is_escaped = True
            end += 1
        elif found == b'"':
            end += 1
        self._take(data, at, end)
        if found == b'"' and self._depth:
            self._step = self._value
        elif found and found != b"\\":
            self._finish()
        return end

    def _scalar(self, data: bytes, at: int) -> int:
        """Continue a number, a word, or anything that is invalid in an array."""
        end = self._end_of(_SCALAR, data, at)
        is_brace = end == at and not self._length  # an unmatched closing brace
        end += is_brace
        self._take(data, at, end)
        if is_brace or end < len(data):
            self._finish()
        return end

    def _take(self, data: bytes, start: int, end: int) -> None:
        self._length += end - start
        if self._length > self._max_line:
            self._parts.clear()
        elif end > start:
            self._parts.append(data[start:end])

    def _finish(self) -> None:
        """Add the element that ends here to the lines."""
        self._pass_held()
        if self._length > self._max_line:
            self._picker.skip(self._length, too_long=1)
        else:
            self._picker.keep(b"".join(self._parts).replace(b"\n", b" "))
            self._picker.add_newline()
        self._parts, self._length, self._depth = [], 0, 0
        self._is_separated = self._is_escaped = False
        self._step = self._between
