"""docs/dashboards.md: the definitions are those of the committed dashboards."""

from docs.panels import ORDER, PAGE, generated
from grafana.reading import load, panels


def test_definitions_are_as_generated() -> None:
    """Else run `make dashboards`."""
    assert generated(PAGE.read_text()) == PAGE.read_text()


def test_every_panel_is_defined() -> None:
    """No dashboard and no panel is left out."""
    boards = load()
    assert set(ORDER) == set(boards)
    text = PAGE.read_text()
    for board in boards.values():
        assert all(f"| {panel['title']} |" in text for panel in panels(board))
