"""Choose how a stream is cut: into lines, or into the elements of JSON arrays."""

from dataclasses import dataclass, field

from .document_cutter import DOCUMENT, DocumentCutter, is_document
from .framing import NONE, Cutter, Framer, Lines, skipped
from .line_cutter import BOM, LineCutter
from .nuls import NUL

AUTO = "auto"
LINES = "lines"
# This many bytes may precede the ones that decide how a stream is cut.
_MAX_UNDECIDED = 1 << 16


@dataclass(frozen=True, slots=True)
class CutRules:
    """Rules for cutting files: the longest line in bytes, and each source's configured wrapper."""

    max_line: int
    wrappers: dict[str, str] = field(default_factory=dict)


def make_framer(max_line: int, wrapper: str = AUTO, *, at_start: bool = True) -> Framer:
    """Return the framer of a stream whose records have this wrapper.

    `at_start`: the stream begins where its content does.
    """
    if wrapper == AUTO:
        return Framer(_AutoCutter(max_line, at_start=at_start))
    if wrapper != DOCUMENT:
        return Framer(LineCutter(max_line, at_start=at_start))
    if at_start:
        return Framer(_AutoCutter(max_line, at_start=True, must_be_document=True))
    return Framer(DocumentCutter(max_line, at_start=False))


class _AutoCutter:
    """A cutter that decides by the first non-blank bytes whether a stream is an array."""

    def __init__(self, max_line: int, *, at_start: bool, must_be_document: bool = False) -> None:
        """`must_be_document`: look only for a byte order mark."""
        self._max_line = max_line
        self._at_start = at_start
        self._must_be_document = must_be_document
        self._chosen: Cutter | None = None
        self._held = b""

    @property
    def wrapper(self) -> str:
        """`document` if the stream is cut into the elements of arrays, else empty."""
        return "" if self._chosen is None else self._chosen.wrapper

    @property
    def pending_bytes(self) -> int:
        """The number of bytes fed since the end of the last returned line."""
        return len(self._held) if self._chosen is None else self._chosen.pending_bytes

    def feed(self, data: bytes, *, has_nuls: bool = True) -> Lines:
        """Return the lines that end in this data, whose last byte is not NUL."""
        if self._chosen is not None:
            return self._chosen.feed(data, has_nuls=has_nuls)
        self._held += data
        is_array = self._is_document(self._held)
        passed = NONE
        if is_array is None:
            passed = self._pass_blank_lines()
            if len(self._held) > _MAX_UNDECIDED:
                is_array = b"[" in self._held
        if is_array is None:
            return passed
        return passed.then(self._feed_held(self._choose(is_document=is_array)))

    def _is_document(self, begin: bytes) -> bool | None:
        if self._must_be_document:
            return None if self._at_start and BOM.startswith(begin) else True
        if not self._at_start and begin.startswith(BOM):
            return False  # a byte order mark is valid only at the very start
        return is_document(begin)

    def _pass_blank_lines(self) -> Lines:
        held = self._held
        end = 0 if b"[" in held else max(held.rfind(b"\n"), held.rfind(NUL)) + 1
        self._held = held[end:]
        self._at_start = self._at_start and not end
        return skipped(end, held.count(NUL, 0, end))

    def _choose(self, *, is_document: bool) -> Cutter:
        kind = DocumentCutter if is_document else LineCutter
        self._chosen = cutter = kind(self._max_line, at_start=self._at_start)
        return cutter

    def _choose_now(self) -> Cutter:
        """Decide by the bytes so far, as no more may come."""
        if self._chosen is not None:
            return self._chosen
        return self._choose(is_document=self._must_be_document or b"[" in self._held)

    def _feed_held(self, cutter: Cutter) -> Lines:
        held, self._held = self._held, b""
        return cutter.feed(held) if held else NONE

    def end_by_nuls(self, nuls: int) -> Lines:
        """Return the line that is ended by a number of NULs, and the NULs."""
        if self._chosen is None and not self._held.strip():
            blank, self._held, self._at_start = len(self._held), b"", False
            return skipped(blank + nuls, nuls)
        cutter = self._choose_now()
        return self._feed_held(cutter).then(cutter.end_by_nuls(nuls))

    def flush(self) -> Lines:
        """Return the rest of a finished stream."""
        if self._chosen is None and not self._held:
            return NONE
        cutter = self._choose_now()
        return self._feed_held(cutter).then(cutter.flush())
