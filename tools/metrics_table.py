"""Generate the table of metrics in docs/metrics.md from the catalogue; `--check` only compares."""

import sys

from exporter.catalogue import METRICS, Metric

from .sections import ROOT, replace_section, update

PAGE = ROOT / "docs" / "metrics.md"
_HEADER = "| name | kind | labels | meaning |\n|---|---|---|---|\n"


def render(text: str) -> str:
    """Return the page with an up-to-date table."""
    return replace_section(text, "metrics", _HEADER + "".join(map(_row, METRICS)))


def _row(metric: Metric) -> str:
    labels = ", ".join(metric.labels)
    return f"| `{metric.name}` | {metric.kind.value} | {labels} | {metric.help} |\n"


if __name__ == "__main__":
    sys.exit(update(PAGE, render))
