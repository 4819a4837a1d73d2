"""The parts that all dashboards share: head row, links, time range."""

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import dashboard as models

from ..builders.colours import VERMILION
from ..builders.figures import Figure
from ..builders.sdk import Panel, place, row
from ..builders.targets import DATASOURCE
from ..builders.variables import Variable, exporter_filters
from ..panels import status

TAG = "zenmux"
# The height of a strip. Its id is the tile's plus _BENEATH: no heading has that many panels.
_STRIP = 2
_BENEATH = 50


@dataclass(frozen=True, slots=True)
class Line:
    """Panels side by side with the same height: (panel, id, width); widths add up to 24."""

    height: int
    cells: tuple[tuple[Panel | Figure, int, int], ...]


@dataclass(frozen=True, slots=True)
class Folded:
    """A line that is hidden until its heading is clicked; until then it sends no queries."""

    heading: dashboard.Row
    line: Line


Element = dashboard.Row | Line | Folded


def board(
    uid: str,
    title: str,
    description: str,
    variables: Sequence[Variable],
    elements: Sequence[Element],
) -> dashboard.Dashboard:
    """Return a dashboard: the head row, followed by headings and lines of panels."""
    result = (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags([TAG])
        .readonly()
        .timezone("browser")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .time("now-7d", "now")
        .refresh("1m")
        .link(_siblings())
        .annotation(_alerts(elements))
    )
    # Last, since most users have one Prometheus and one exporter.
    for variable in (*variables, *exporter_filters()):
        result.with_variable(variable)
    y = 0
    for element in (_head(), *elements):
        y += _add(result, element, y)
    return result


def line(height: int, *cells: tuple[Panel | Figure, int, int]) -> Line:
    """Return a line of panels, given as (panel, id, width)."""
    return Line(height, cells)


def heading(title: str, number: int) -> dashboard.Row:
    """Return the heading of the lines below it; like panels, it needs an id."""
    return row(title, number)


def folded(title: str, number: int, height: int, *cells: tuple[Panel, int, int]) -> Folded:
    """Return a line of panels that is hidden until its heading is clicked."""
    return Folded(row(title, number).collapsed(collapsed=True), Line(height, cells))


def _add(board: dashboard.Dashboard, element: Element, y: int) -> int:
    """Add a heading or a line at the bottom; return its height."""
    if isinstance(element, Folded):
        x = 0
        for cell, number, width in element.line.cells:
            assert not isinstance(cell, Figure)
            at = {"x": x, "y": y + 1, "w": width, "h": element.line.height}
            element.heading.with_panel(place(cell, number, **at))
            x += width
        return _add(board, element.heading, y)
    if isinstance(element, dashboard.Row):
        board.with_row(element.grid_pos(models.GridPos(x=0, y=y, w=24, h=1)))
        return 1
    x = 0
    strips = []
    for cell, number, width in element.cells:
        tile: Panel = cell.tile if isinstance(cell, Figure) else cell
        height = element.height
        if isinstance(cell, Figure):
            height -= _STRIP
            at = {"x": x, "y": y + height, "w": width, "h": _STRIP}
            strips.append(place(cell.strip, number + _BENEATH, **at))
        board.with_panel(place(tile, number, x=x, y=y, w=width, h=height))
        x += width
    # In the file, too, strips come after all tiles of the line.
    for strip in strips:
        board.with_panel(strip)
    return element.height


def _head() -> Line:
    return line(
        3,
        (status.banner(), 1, 14),
        (status.newest_request(), 2, 5),
        (status.invalid_records(), 3, 5),
    )


def _alerts(elements: Sequence[Element]) -> dashboard.AnnotationQuery:
    """Return annotations for firing alerts; strips are too thin to show them."""
    strips = [
        number + _BENEATH
        for element in elements
        if isinstance(element, Line)
        for cell, number, _ in element.cells
        if isinstance(cell, Figure)
    ]
    firing = 'alertname=~"ZenMux.*", alertstate="firing"'
    return (
        dashboard.AnnotationQuery()
        .name("Alerts")
        .datasource(DATASOURCE)
        .enable(True)
        .filter(dashboard.AnnotationPanelFilter().exclude(True).ids(strips))
        .icon_color(VERMILION)
        .expr(f'max by (alertname, severity) (ALERTS{{job=~"$job", {firing}}})')
        .step("5m")
        .title_format("{{alertname}}")
        .text_format("{{severity}}")
    )


def _siblings() -> dashboard.DashboardLink:
    return (
        dashboard.DashboardLink("Other ZenMux dashboards")
        .type(models.DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .icon("external link")
        .tooltip("The other ZenMux dashboards, with the same time range and filters")
        .as_dropdown(True)
        .include_vars(True)
        .keep_time(True)
    )
