"""The result of a comparison, as text for a terminal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from .compare import Group, Row

_HEADER = ("labels", "exporter", "recount", "difference")


@dataclass(frozen=True, slots=True)
class Report:
    """The differences: files that only one side has, and totals.

    `records` and `files`: how many were recounted.
    """

    not_given: tuple[str, ...]
    not_counted: tuple[str, ...]
    groups: tuple[Group, ...]
    notes: tuple[str, ...]
    records: int
    files: int

    @property
    def differences(self) -> int:
        """The number of differences."""
        totals = sum(len(group.rows) for group in self.groups)
        return len(self.not_given) + len(self.not_counted) + totals

    def text(self) -> str:
        """Return the report: missing files first, the summary last."""
        parts = [*_files(self.not_given, _NOT_GIVEN), *_files(self.not_counted, _NOT_COUNTED)]
        parts += [f"note: {note}" for note in self.notes]
        parts += _table(self.groups)
        parts.append(self._summary())
        return "".join(f"{printable(part)}\n" for part in parts)

    def _summary(self) -> str:
        what = f"{_number(self.records, 'record')} of {_number(self.files, 'file')}"
        if not self.differences:
            return f"no differences in {what}"
        return f"{_number(self.differences, 'difference')} in {what}"


_NOT_GIVEN = "counted by the exporter, but not given; totals are expected to differ:"
_NOT_COUNTED = "given, but not counted by the exporter; left out of the recount:"


def _files(names: Sequence[str], title: str) -> Iterator[str]:
    if names:
        yield title
        yield from (f"  {name}" for name in names)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _table(groups: Sequence[Group]) -> Iterator[str]:
    """Align the rows of all groups in the same columns, with numbers to the right."""
    tables = [(group.title, [_cells(row) for row in group.rows]) for group in groups]
    if not tables:
        return
    lines = [_HEADER, *(cells for _, rows in tables for cells in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    yield _aligned(_HEADER, widths)
    for title, rows in tables:
        yield title
        yield from (_aligned(cells, widths) for cells in rows)


def _cells(row: Row) -> tuple[str, ...]:
    sign = "+" if row.difference > 0 else ""
    numbers = _plain(row.exporter), _plain(row.recount), sign + _plain(row.difference)
    return f"  {printable(row.labels)}", *numbers


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    numbers = map(str.rjust, cells[1:], widths[1:])
    return "  ".join((cells[0].ljust(widths[0]), *numbers))


def _plain(value: Decimal) -> str:
    """Write a number in full, without exponent and trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def printable(text: str) -> str:
    """Escape control characters, and bytes of a file name that are not UTF-8."""
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    # Python keeps a byte of a name that is not UTF-8 as a surrogate from U+DC80 on.
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()
