"""Generate the tables of all formats' fields in docs/formats.md; `--check` only compares."""

import sys
from collections.abc import Iterable
from typing import Any

from exporter.formats.fields import PART, Field
from exporter.formats.registry import PRESETS, SCHEMAS
from exporter.formats.transforms import Rule

from .sections import ROOT, replace_section, update

PAGE = ROOT / "docs" / "formats.md"
# By canonical name: a name has the same meaning in all formats.
MEANINGS = {
    field.name: field.meaning
    for schema in SCHEMAS.values()
    for field in schema.fields
    if field.meaning
}


def row(field: Field) -> str:
    """Return a field's row."""
    limits = f": {field.kind.limits}" if field.kind.limits else ""
    required = "yes" if field.required else ""
    meaning = MEANINGS[field.name]
    return f"| `{field.path}` | {meaning} | {field.kind.name}{limits} | {required} |\n"


def section(title: str, fields: Iterable[Field]) -> str:
    """Return the heading and the table of a format."""
    head = "| field | meaning | type | required |\n|---|---|---|---|\n"
    # Fields of `usage` that may also be at the top level are described under `usage`.
    shown = (field for field in fields if field.kind is not PART)
    return f"\n## {title}\n\n{head}" + "".join(map(row, shown))


def rule_row(field: str, rule: Rule) -> str:
    """Return the row of a field that a rule reads."""
    paths = ", else ".join(f"`{path}`" for path in rule.paths)
    since = ", else ".join(f"`{path}`" for path in rule.since)
    how = f"milliseconds from {since} to {paths}" if since else paths
    words = (f"`{before}` → `{after}`" for before, after in rule.values.items())
    return f"| `{field}` | {'; '.join((how, *words))} |\n"


def preset_section(name: str, preset: Any) -> str:
    """Return heading, note and rules of another program's format."""
    rows = "".join(rule_row(field, rule) for field, rule in preset.RULES.items())
    table = f"\n| field | read from |\n|---|---|\n{rows}" if rows else ""
    return f"\n### {preset.TITLE}\n\n`format: {name}`. {' '.join(preset.NOTE.split())}\n{table}"


def generated(text: str) -> str:
    """Return the page with up-to-date tables."""
    tables = "".join(section(schema.title, schema.fields) for schema in SCHEMAS.values())
    presets = "".join(preset_section(name, one) for name, one in PRESETS.items())
    text = replace_section(text, "formats", tables + "\n")
    return replace_section(text, "presets", presets + "\n")


if __name__ == "__main__":
    sys.exit(update(PAGE, generated))
