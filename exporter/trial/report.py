"""The output of `try`: a table of records, reasons for rejections, a mapping to start from."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import yaml

from ..config import Config
from ..formats.transforms import UNITS, Rule
from ..pipeline.first_lines import remedy_of
from ..records import Record
from ..rules.tokens import DIRECTIONS, INPUT, direction
from ..values.fixed_point import QUANTITY_PLACES, USD_PLACES, decimal_text
from ..values.labels import clean
from .attempts import Attempt

_SHOWN = 8
_HEAD = ("time", "model", "provider", "key", "in", "out", "cost", "payout", "outcome", "result")
_MAX_CELL = 32


def table(attempt: Attempt, config: Config) -> str:
    """Return the first records as a table, a line each."""
    rows = [_HEAD, *(_row(record, result, config) for record, result in attempt.counted[:_SHOWN])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    more = len(attempt.counted) - _SHOWN
    return "".join(f"  {line}\n" for line in lines) + (f"  and {more} more\n" if more > 0 else "")


def _row(record: Record, result: str, config: Config) -> tuple[str, ...]:
    key, model, provider, _plan = record.labels
    configured = config.keys.get((key or "").strip())
    bill, paid = record.bill, record.compensation
    cells = (
        _time(record.time_ms),
        clean(model),
        clean(provider),
        clean(key) if configured is None else configured.name,
        _tokens(record, is_input=True),
        _tokens(record, is_input=False),
        decimal_text(bill.total, USD_PLACES) if bill else "-",
        decimal_text(paid.payout, USD_PLACES) if paid else "-",
        "payout" if record.is_event else record.outcome,
        result,
    )
    return tuple(cell if len(cell) <= _MAX_CELL else f"{cell[: _MAX_CELL - 1]}…" for cell in cells)


def _time(time_ms: int | None) -> str:
    if time_ms is None:
        return "-"
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _tokens(record: Record, *, is_input: bool) -> str:
    if record.quantities is None:
        return "-"
    tokens = {code: n for code, n in record.quantities.items() if code in DIRECTIONS}
    total = sum(n for code, n in tokens.items() if (direction(code) == INPUT) is is_input)
    return decimal_text(total, QUANTITY_PLACES)


def reasons(attempt: Attempt) -> str:
    """Return why lines were rejected: each reason with its first example and the remedy."""
    lines = []
    for reason, number in attempt.rejected.most_common():
        example = attempt.examples.get(reason)
        where = f"first in line {example.line}" if example else ""
        has = f", which has {', '.join(example.fields)}" if example and example.fields else ""
        lines.append(
            f"  {reason.value}: {_counted(number, 'line')}, {where}{has}\n    {remedy_of(reason)}\n"
        )
    lines.extend(
        f"  {name}: ignored in {_counted(number, 'record')}, {reason}\n"
        for (name, reason), number in attempt.faults.most_common()
    )
    return "".join(lines)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def snippet(source: Mapping[str, Any], mapping: Mapping[str, str | Rule]) -> str:
    """Return a source with its mapping as YAML to paste."""
    found = {**source, "mapping": {name: _written(name, one) for name, one in mapping.items()}}
    text: str = yaml.safe_dump(
        {"sources": [found]}, sort_keys=False, allow_unicode=True, width=1000
    )
    return text


def _written(name: str, rule: str | Rule) -> object:
    """Return a rule as a user writes it."""
    if isinstance(rule, str):
        return rule
    if rule.constant is not None:
        return {"value": rule.constant}
    written: dict[str, object] = {"path": rule.paths[0]}
    unit = next((unit for unit, factor in UNITS.items() if factor == rule.factor), None)
    if name.endswith("_ms") and unit is not None:
        written["unit"] = unit
    elif rule.factor is not None:
        written["factor"] = float(rule.factor)
    if rule.decimal:
        written["decimal"] = "comma"
    if rule.values:
        written["values"] = dict(rule.values)
    return written


def summary(attempt: Attempt) -> str:
    """Return a sentence about how many lines are records."""
    total = len(attempt.counted) + attempt.invalid
    return f"{len(attempt.counted)} of {total} records in the first lines are valid"


def missing(names: Sequence[str]) -> str:
    """Return comments about the fields for which no name was found."""
    return "".join(f"# no field looks like the {name}: write its path\n" for name in names)
