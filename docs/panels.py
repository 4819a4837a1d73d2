"""Writes the definition of every panel into docs/dashboards.md; `--check` only compares."""

import sys
from pathlib import Path

from grafana.reading import load, panels

PAGE = Path(__file__).resolve().parent / "dashboards.md"
START, END = "<!-- panels -->\n", "<!-- /panels -->"
ORDER = ("overview", "insurance", "usage", "provider", "performance", "cost", "exporter")


def section(name: str) -> str:
    """One dashboard: its panels in order, with their definitions."""
    board = load()[name]
    lines = [
        f"\n### {board['title']}\n\n{board['description']}\n\n",
        "| panel | shows |\n|---|---|\n",
    ]
    own = (panel for panel in panels(board) if panel["id"] >= 100)
    lines.extend(f"| {panel['title']} | {panel['description']} |\n" for panel in own)
    return "".join(lines)


def head() -> str:
    """The row that every dashboard begins with."""
    shared = [panel for panel in panels(load()["overview"]) if panel["id"] < 100]
    rows = "".join(f"| {panel['title']} | {panel['description']} |\n" for panel in shared)
    return f"\n### The head of every dashboard\n\n| panel | shows |\n|---|---|\n{rows}"


def generated(text: str) -> str:
    """The page with the definitions as they should be."""
    before, rest = text.split(START)
    return before + START + head() + "".join(map(section, ORDER)) + "\n" + END + rest.split(END)[1]


def main() -> int:
    """Write, or compare and return 1 where the page is out of date."""
    text = PAGE.read_text()
    if "--check" in sys.argv[1:]:
        return int(generated(text) != text)
    PAGE.write_text(generated(text))
    return 0


if __name__ == "__main__":
    sys.exit(main())
