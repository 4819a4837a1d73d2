"""docs/dashboards.md: its definitions match the committed dashboards."""

from dashboards.committed import is_strip, load, panels
from tools.panel_tables import PAGE, render


def test_definitions_are_as_generated() -> None:
    """The page is up to date; if not, run `make dashboards`."""
    assert render(PAGE.read_text()) == PAGE.read_text()


def test_every_panel_is_defined() -> None:
    """Every panel of every dashboard is on the page."""
    boards = load()
    text = PAGE.read_text()
    for board in boards.values():
        named = [panel["title"] for panel in panels(board) if not is_strip(panel)]
        assert all(f"| {title} |" in text for title in named)
