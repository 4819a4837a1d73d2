"""docs/formats.md: its tables match the formats."""

from exporter.formats.fields import PART
from exporter.formats.registry import SCHEMAS
from tools.format_tables import PAGE, generated


def test_tables_are_as_generated() -> None:
    """The page is up to date; if not, run `make dashboards`."""
    assert generated(PAGE.read_text()) == PAGE.read_text()


def test_each_name_has_one_meaning() -> None:
    """Each canonical name has one meaning, given by one of its formats."""
    fields = [
        field for schema in SCHEMAS.values() for field in schema.fields if field.kind is not PART
    ]

    assert sorted(field.name for field in fields if field.meaning) == sorted(
        {field.name for field in fields}
    )
