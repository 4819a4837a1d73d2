"""Convert each CSV row to an object, with the names in the header.

Quoted fields may contain newlines, so a row may span several lines. A row that repeats the header,
as in concatenated files, is skipped.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache

import msgspec

from ..errors import Reason
from .message import Found

CSV = "csv"
# The header is searched for in this many bytes of a file.
HEAD_BYTES = 1 << 16
_BOM = b"\xef\xbb\xbf"


@cache
def _pattern(delimiter: str) -> re.Pattern[str]:
    """Return a pattern for a field and its end, or for an opening quote that nothing closes."""
    mark = re.escape(delimiter)
    return re.compile(
        rf"""[ ]*+ (?: " ( (?: [^"] | "" )*+ ) " [ \t]*+ | (?!") ( [^{mark}]*+ ) ) ( {mark} | \Z )
        | ( [ ]*+ " (?: [^"] | "" )*+ \Z )""",
        re.VERBOSE | re.DOTALL,
    )


def split_row(text: str, delimiter: str) -> tuple[list[str] | None, bool]:
    """Return a row's fields, None if malformed or unfinished; and whether it is unfinished."""
    fields: list[str] = []
    pattern, at = _pattern(delimiter), 0
    while True:
        match = pattern.match(text, at)
        if match is None or match[4] is not None:
            return None, match is not None
        quoted, plain, end, _ = match.groups()
        fields.append(plain.strip() if quoted is None else quoted.replace('""', '"'))
        if not end:
            return fields, False
        at = match.end()


def header_of(begin: bytes, delimiter: str) -> list[str] | None:
    """Return the names in the first row of a content's beginning; None if it is incomplete."""
    text = ""
    for line in begin.removeprefix(_BOM).decode(errors="replace").splitlines(keepends=True):
        text += line
        if not text.strip():
            text = ""
        elif text.endswith("\n"):
            names, goes_on = split_row(text.rstrip("\r\n"), delimiter)
            if not goes_on:
                return None if names is None else [name.strip() for name in names]
    return None


class RowReader:
    """Reader for the rows in the lines of one file, with the interface of `ObjectReader`.

    An unfinished row waits for the next lines. It is given up when one of them is a record itself,
    since then a quote was not closed.
    """

    def __init__(
        self,
        max_bytes: int,
        is_record: Callable[[bytes], bool],
        head: bytes,
        delimiter: str = ",",
    ) -> None:
        """`head`: the file's beginning. `is_record` returns True if an object is a record."""
        self.size = 0
        self.begun = 0
        self._max_bytes = max_bytes
        self._is_record = is_record
        self._delimiter = delimiter
        self._header = header_of(head, delimiter)
        self._parts: list[bytes] = []
        self._is_open = False
        self._is_too_long = False

    @property
    def has_pending(self) -> bool:
        """Whether a row is unfinished."""
        return self._is_open

    def feed(self, line: bytes, at: int, _time: str | None = None) -> Iterator[Found]:
        """Yield what a line at the offset `at` completes or interrupts."""
        if self._is_open and self._is_record_alone(line):
            yield from self.give_up()
        if not self._is_open:
            if not line.strip(b" \t\r\v\f"):
                return
            self.begun = at
        # An even number of quotes can't end a quoted field.
        if self._is_open and line.count(b'"') % 2 == 0:
            self._keep(line)
        elif self._is_too_long:
            yield from self.give_up()
        else:
            self._keep(line)
            fields, self._is_open = self._split()
            if not self._is_open:
                yield from self._take(fields)

    def give_up(self) -> Iterator[Found]:
        """Yield the unfinished row, if any: it counts as invalid."""
        if self._parts or self._is_too_long:
            reason = Reason.line_too_long if self._is_too_long else Reason.not_csv
            text = b"\n".join(self._parts)
            self._clear()
            yield Found(text, None, reason)

    def _clear(self) -> None:
        self._parts, self.size = [], 0
        self._is_open = self._is_too_long = False

    def _keep(self, line: bytes) -> None:
        if self._is_too_long:
            return
        self._parts.append(line)
        self.size += len(line) + 1
        if self.size > self._max_bytes:
            # Keep scanning to its end, but no longer store it.
            self._is_too_long, self.size = True, 0
            self._parts.clear()

    def _split(self) -> tuple[list[str] | None, bool]:
        text = b"\n".join(self._parts).decode(errors="replace")
        return split_row(text, self._delimiter)

    def _take(self, fields: list[str] | None) -> Iterator[Found]:
        line = b"\n".join(self._parts)
        self._clear()
        header = self._header
        if fields is None or header is None or len(fields) != len(header):
            yield Found(line, None, Reason.not_csv)
        elif [field.strip() for field in fields] != header:
            yield Found(self._object(header, fields))

    @staticmethod
    def _object(header: list[str], fields: list[str]) -> bytes:
        pairs = zip(header, fields, strict=True)
        return msgspec.json.encode({name: value for name, value in pairs if value})

    def _is_record_alone(self, line: bytes) -> bool:
        fields, _ = split_row(line.decode(errors="replace"), self._delimiter)
        if fields is None or self._header is None or len(fields) != len(self._header):
            return False
        return self._is_record(self._object(self._header, fields))
