"""Tables of exact numbers: for a terminal, as JSON, as CSV.

A terminal shows rounded numbers, and one block a row where a table would be too wide for it.
"""

import csv
import io
import os
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from .values.fixed_point import decimal_text, divide
from .values.texts import as_label

TABLE, JSON, CSV = FORMATS = ("table", "json", "csv")

Cell = str | int | None

_NOTHING = "-"
_UNBOUNDED = 100_000  # columns of a file or a pipe


@dataclass(frozen=True, slots=True)
class Form:
    """How the values of a column are written.

    They are integers in units of 10^-places. A table shows no more than `shown` decimal places.
    `is_text`: JSON has them as text, so that no reader rounds them.
    """

    places: int = 0
    shown: int = 0
    is_text: bool = False
    is_percent: bool = False

    def exact(self, value: int) -> str:
        """Return the exact decimal."""
        return decimal_text(value, self.places)

    def short(self, value: int) -> str:
        """Return the rounded number for a table; one that would round to 0 stays exact."""
        if self.is_percent:
            value *= 100
        rounded = divide(value, 10 ** max(0, self.places - self.shown))
        if value and not rounded:
            return self.exact(value)
        whole, fraction = divmod(rounded, 10**self.shown)
        text = f"{whole:,}.{fraction:0{self.shown}d}" if self.shown else f"{whole:,}"
        return f"{text}%" if self.is_percent else text


COUNT = Form()
QUANTITY = Form(places=6)
USD = Form(places=12, shown=6, is_text=True)
SECONDS = Form(places=6, shown=3)
RATE = Form(places=6, shown=1)
SHARE = Form(places=6, shown=2, is_percent=True)


@dataclass(frozen=True, slots=True)
class Column:
    """A column; without a form its values are text.

    `in_table`: a terminal shows it, too. `is_rare`: it does so only if a value is above 0.
    """

    name: str
    title: str
    form: Form | None = None
    in_table: bool = True
    is_rare: bool = False

    def is_shown(self, cells: Iterable[Cell]) -> bool:
        """Return True if a terminal shows the column with these cells."""
        return self.in_table and (not self.is_rare or any(cells))


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under columns, with sums, lines above them, and a text instead of no rows."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    total: Sequence[Cell] | None = None
    head: Sequence[str] = ()
    empty: str = ""
    # Further keys of the JSON document.
    about: Mapping[str, Any] = field(default_factory=dict)


def render(table: Table, form: str) -> str:
    """Return a table in one of the formats, for standard output."""
    if form == JSON:
        return as_json(table)
    if form == CSV:
        return as_csv(table)
    # The stream is None if it was closed before the start.
    is_terminal = sys.__stdout__ is not None and sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if is_terminal else _UNBOUNDED
    return as_text(table, width, is_coloured=is_terminal and not os.environ.get("NO_COLOR"))


def as_json(table: Table) -> str:
    """Return one document; numbers are exact, money is text."""
    document: dict[str, Any] = {**table.about, "rows": [_object(table, row) for row in table.rows]}
    if table.total is not None:
        document["total"] = _object(table, table.total)
    encoded = msgspec.json.format(msgspec.json.encode(document), indent=2)
    return encoded.decode() + "\n"


def _object(table: Table, row: Sequence[Cell]) -> dict[str, Any]:
    cells = zip(table.columns, row, strict=True)
    return {column.name: _json_value(column, cell) for column, cell in cells}


def _json_value(column: Column, cell: Cell) -> Any:
    if isinstance(cell, str) or cell is None or column.form is None:
        return cell
    exact = column.form.exact(cell)
    return exact if column.form.is_text else msgspec.Raw(exact.encode())


def as_csv(table: Table) -> str:
    """Return a header, the rows, and the sums with an empty first field."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in table.columns])
    for row in [*table.rows, *_totals(table)]:
        cells = zip(table.columns, row, strict=True)
        writer.writerow([_csv_value(column, cell) for column, cell in cells])
    return text.getvalue()


def _totals(table: Table) -> list[Sequence[Cell]]:
    return [] if table.total is None else [table.total]


def _csv_value(column: Column, cell: Cell) -> str:
    if cell is None:
        return ""
    return str(cell) if isinstance(cell, str) or column.form is None else column.form.exact(cell)


def as_text(table: Table, width: int, *, is_coloured: bool = False) -> str:
    """Return the table as a terminal of `width` columns shows it."""
    head = "".join(f"{line}\n" for line in table.head)
    if not table.rows:
        return f"{head}{table.empty}\n"
    cells = list(zip(*table.rows, strict=True))
    shown = [at for at, column in enumerate(table.columns) if column.is_shown(cells[at])]
    columns = [table.columns[place] for place in shown]
    rows = [[_text(table.columns[place], row[place]) for place in shown] for row in table.rows]
    if table.total is not None:
        sums = [_text(table.columns[place], table.total[place]) for place in shown]
        rows.append(["total", *sums[1:]])
    drawn = _drawn(columns, rows, width, table.total is not None, is_coloured)
    return f"{head}{_blocks(columns, rows) if drawn is None else drawn}"


def _text(column: Column, cell: Cell) -> str:
    if cell is None:
        return _NOTHING
    if isinstance(cell, str) or column.form is None:
        return as_label(str(cell))
    return column.form.short(cell)


def _drawn(
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    width: int,
    has_total: bool,
    is_coloured: bool,
) -> str | None:
    """Return the rows as a table; None if that is wider than allowed."""
    # Imported here: other commands start faster without it.
    from rich import box
    from rich.console import Console
    from rich.table import Table as Drawing
    from rich.text import Text

    out = io.StringIO()
    console = Console(
        file=out, width=_UNBOUNDED, force_terminal=is_coloured, no_color=not is_coloured
    )
    drawing = Drawing(box=box.SIMPLE, show_footer=has_total, header_style="bold", pad_edge=False)
    body = rows[:-1] if has_total else rows
    foot = rows[-1] if has_total else [""] * len(columns)
    for column, sum_ in zip(columns, foot, strict=True):
        justify = "right" if column.form else "left"
        drawing.add_column(column.title, Text(sum_), justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for row in body:
        drawing.add_row(*map(Text, row))
    if console.measure(drawing).maximum > width:
        return None
    console.print(drawing)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines() if line.strip())


def _blocks(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> str:
    """Return each row as a block, with a line of title and value for each column."""
    wide = max(len(column.title) for column in columns)
    return "".join(
        "\n" + "".join(f"{c.title:<{wide}}  {cell}\n" for c, cell in zip(columns, row, strict=True))
        for row in rows
    )
