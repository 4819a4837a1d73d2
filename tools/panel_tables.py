"""Generate the definitions of all panels in docs/dashboards.md; `--check` only compares."""

import json
import sys
from collections.abc import Iterable
from typing import Any

from grafana.boards import BOARDS
from grafana.builders.sdk import encode

from .sections import ROOT, replace_section, update

PAGE = ROOT / "docs" / "dashboards.md"
_HEADER = "| panel | shows |\n|---|---|\n"
# Panels of the shared head row have ids below this.
_FIRST_OWN_ID = 100

Tree = dict[str, Any]


def render(text: str) -> str:
    """Return the page with up-to-date definitions."""
    boards = [json.loads(encode(build())) for build in BOARDS.values()]
    sections = _head(boards[0]) + "".join(map(_board, boards)) + "\n"
    return replace_section(text, "panels", sections)


def _head(board: Tree) -> str:
    shared = (panel for panel in _panels(board) if panel["id"] < _FIRST_OWN_ID)
    return f"\n### The head of every dashboard\n\n{_table(shared)}"


def _board(board: Tree) -> str:
    own = (panel for panel in _panels(board) if panel["id"] >= _FIRST_OWN_ID)
    return f"\n### {board['title']}\n\n{board['description']}\n\n{_table(own)}"


def _table(panels: Iterable[Tree]) -> str:
    return _HEADER + "".join(f"| {panel['title']} | {panel['description']} |\n" for panel in panels)


def _panels(board: Tree) -> Iterable[Tree]:
    # Headings have no definition, nor do strips, which show the bars of the tile above them.
    for panel in board["panels"]:
        if panel.get("description"):
            yield panel
        # Panels of a collapsed row.
        yield from (one for one in panel.get("panels") or () if one.get("description"))


if __name__ == "__main__":
    sys.exit(update(PAGE, render))
