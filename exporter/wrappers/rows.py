"""CSV: make an object of each row by the names in the header.

Quoted fields may hold newlines, so a row may go on over several lines. A row that spells the header
again, as where files were put together, is none.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache

import msgspec

from ..errors import Reason
from .message import Found

CSV = "csv"
# So many bytes of a file are looked through for its header.
HEAD_BYTES = 1 << 16
_BOM = b"\xef\xbb\xbf"


@cache
def _pattern(delimiter: str) -> re.Pattern[str]:
    """Return what matches a field and what ends it; or an opening quote that nothing closes."""
    mark = re.escape(delimiter)
    return re.compile(
        rf"""[ ]*+ (?: " ( (?: [^"] | "" )*+ ) " [ \t]*+ | (?!") ( [^{mark}]*+ ) ) ( {mark} | \Z )
        | ( [ ]*+ " (?: [^"] | "" )*+ \Z )""",
        re.VERBOSE | re.DOTALL,
    )


def split_row(text: str, delimiter: str) -> tuple[list[str] | None, bool]:
    """Return the fields of a row, None if it is malformed or goes on; and whether it goes on."""
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
    """Return the names in the first row of a content that begins so; None if it is not whole."""
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
    """The rows in the lines of one file, as an `ObjectReader` reads objects.

    A row that goes on waits for the next lines. It is given up where one of them is a record by
    itself: a quote was not closed.
    """

    def __init__(
        self,
        max_bytes: int,
        is_record: Callable[[bytes], bool],
        head: bytes,
        delimiter: str = ",",
    ) -> None:
        """`head`: what the file begins with. `is_record` tells whether an object is a record."""
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
        """Whether a row goes on."""
        return self._is_open

    def feed(self, line: bytes, at: int, _time: str | None = None) -> Iterator[Found]:
        """Yield what a line, which stands at the offset `at`, makes whole or breaks off."""
        if self._is_open and self._is_record_alone(line):
            yield from self.give_up()
        if not self._is_open:
            if not line.strip(b" \t\r\v\f"):
                return
            self.begun = at
        # In a quoted field an even number of quotes ends nothing.
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
        """Yield the row that goes on, if there is one: it counts as invalid."""
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
            # It is followed to its end, but no longer kept.
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
