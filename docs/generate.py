"""Writes the metrics table into README.md from the catalogue; `--check` only compares."""

import sys
from pathlib import Path

from exporter.catalog import METRICS, Metric

README = Path(__file__).resolve().parent.parent / "README.md"
START, END = "<!-- metrics -->\n", "<!-- /metrics -->"


def row(metric: Metric) -> str:
    """One line of the table."""
    labels = ", ".join(metric.labels)
    return f"| `{metric.name}` | {metric.kind.value} | {labels} | {metric.help} |\n"


def table() -> str:
    """The whole table."""
    head = "| name | kind | labels | meaning |\n|---|---|---|---|\n"
    return head + "".join(map(row, METRICS))


def generated(text: str) -> str:
    """The README with the table as it should be."""
    before, rest = text.split(START)
    return before + START + table() + END + rest.split(END)[1]


def main() -> int:
    """Write, or compare and return 1 where the README is out of date."""
    text = README.read_text()
    if "--check" in sys.argv[1:]:
        return int(generated(text) != text)
    README.write_text(generated(text))
    return 0


if __name__ == "__main__":
    sys.exit(main())
