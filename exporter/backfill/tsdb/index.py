"""Make the index of a block, version 2: its symbols, series and postings.

Sections refer only to earlier ones.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from ...values.varints import uvarint
from .crc32c import checked

# A series' labels: name, value, name, value, in order of the names.
Labels = tuple[str, ...]
_Rows = Sequence[tuple[Labels, bytes]]
_Postings = Mapping[tuple[str, str], Sequence[int]]

_HEADER = bytes.fromhex("baaad700 02")
# References to series are in units of this many bytes.
_UNIT = 16
# The pair for the postings of all series.
_ALL = ("", "")


def index_of(series: Iterable[tuple[Labels, bytes]]) -> bytes:
    """Return the index of series, each with its entry of chunks; label sets must be unique."""
    rows = sorted(series)
    index = _Index()
    symbols = sorted({text for labels, _ in rows for text in labels})
    numbers = {text: number for number, text in enumerate(symbols)}
    symbols_at = index.add_section(len(symbols), b"".join(map(_text, symbols)))
    series_at = index.pad(_UNIT)
    postings = index.add_series(rows, numbers)
    names_at = index.pad(4)
    names = index.add_names(postings, numbers)
    postings_at = index.pad(4)
    pairs = index.add_postings(postings)
    names_table = index.add_section(len(names), b"".join(names))
    postings_table = index.add_section(len(pairs), b"".join(pairs))
    contents = (symbols_at, series_at, names_at, names_table, postings_at, postings_table)
    return index.finish(struct.pack(">6Q", *contents))


class _Index:
    """The sections written so far."""

    def __init__(self) -> None:
        self._bytes = bytearray(_HEADER)

    def pad(self, unit: int) -> int:
        """Pad to a multiple of `unit` bytes; return the offset."""
        self._bytes += bytes(-len(self._bytes) % unit)
        return len(self._bytes)

    def add_section(self, count: int, content: bytes) -> int:
        """Add a section that begins with a count; return its offset."""
        place = len(self._bytes)
        self._bytes += _words(4 + len(content)) + checked(_words(count) + content)
        return place

    def add_series(self, rows: _Rows, numbers: Mapping[str, int]) -> _Postings:
        """Add all series; return the references by pair of label name and value."""
        symbols = {text: uvarint(number) for text, number in numbers.items()}
        postings: dict[tuple[str, str], list[int]] = {_ALL: []}
        for labels, chunks in rows:
            reference = self.pad(_UNIT) // _UNIT
            postings[_ALL].append(reference)
            for pair in zip(labels[::2], labels[1::2], strict=True):
                postings.setdefault(pair, []).append(reference)
            entry = uvarint(len(labels) // 2) + b"".join([symbols[text] for text in labels])
            entry += chunks
            self._bytes += uvarint(len(entry)) + checked(entry)
        return dict(sorted(postings.items()))

    def add_names(self, postings: _Postings, numbers: Mapping[str, int]) -> list[bytes]:
        """Add the values of each label name; return the entries of the table of names."""
        table = []
        for name, pairs in groupby(postings, itemgetter(0)):
            if name:
                values = [numbers[value] for _, value in pairs]
                place = self.add_section(1, _words(len(values), *values))
                table.append(b"\x01" + _text(name) + uvarint(place))
        return table

    def add_postings(self, postings: _Postings) -> list[bytes]:
        """Add the references of each pair; return the entries of the postings table."""
        return [
            b"\x02"
            + _text(name)
            + _text(value)
            + uvarint(self.add_section(len(references), _words(*references)))
            for (name, value), references in postings.items()
        ]

    def finish(self, contents: bytes) -> bytes:
        """Add the table of contents, and return the index."""
        return bytes(self._bytes + checked(contents))


def _words(*numbers: int) -> bytes:
    return struct.pack(f">{len(numbers)}I", *numbers)


def _text(text: str) -> bytes:
    encoded = text.encode()
    return uvarint(len(encoded)) + encoded
