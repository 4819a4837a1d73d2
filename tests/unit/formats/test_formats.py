"""A schema made from a minimal format table."""

from typing import Any

import pytest

from exporter.formats.fields import MONEY, QUANTITY, TEXT, TIME, Field
from exporter.formats.registry import NAMES
from exporter.formats.schema import Faults, Schema, make_schema, read_strictly
from exporter.rules.record import build_record

FIELDS = (
    Field("uid", "id", TEXT),
    Field("when", "time", TIME, required=True),
    Field("at.begin", "moment.begin", TIME),
    Field("what", "model", TEXT, required=True),
    Field("name", "model", TEXT),
    Field("used.in", "counted.input", QUANTITY),
    Field("rows[].usd", "rows[].amount", MONEY),
)
MARKS = ((("uid",),),)


@pytest.fixture
def schema() -> Schema:
    """A format with a few fields, recognised by its key `uid`."""
    return make_schema(
        "small", "Small", FIELDS, NAMES, MARKS, {"small": MARKS, "x": ((("other",),),)}
    )


def test_what_a_format_lacks_is_absent(schema: Schema) -> None:
    """Fields that a format lacks are None, and the line still becomes a record."""
    line = schema.decode(b'{"uid": "a", "when": "2026-11-01T00:00:00Z", "name": "m"}')
    record = build_record(line)

    assert [name for name in NAMES if getattr(line, name) is not None] == ["id", "time"]
    assert (record.id, record.labels) == ("a", (None, "m", None, None))


@pytest.mark.parametrize(
    ("given", "name", "found"),
    [
        ({"what": None, "name": "m"}, "model", ["m"]),
        ({"what": "a", "name": "b"}, "model", ["a", "b"]),
        ({"at": {"begin": 5}}, "moment.begin", [5]),
        ({"at": 5}, "moment.begin", []),
        ({}, "compensation.paid_at", []),
    ],
)
def test_values(schema: Schema, given: dict[str, Any], name: str, found: list[Any]) -> None:
    """All values of a canonical name are found, in the table's order."""
    assert schema.values(given, name) == found


def test_strict_reading(schema: Schema) -> None:
    """Numbers in strings are read exactly; a faulty field is reported and dropped."""
    faults: Faults = []
    given = {"used": {"in": "3"}, "rows": [{"usd": "0.1"}, {"usd": "-1"}, None], "name": []}
    line = read_strictly(schema.root, given, faults)

    assert line.counted.input == 3
    assert [row and str(row.amount) for row in line.rows] == ["0.1", "None", None]
    assert sorted(faults) == [("name", "bad_type"), ("rows.usd", "bad_number")]
