"""The parts that all dashboards share: head row, links, time range."""

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import dashboard as models

from ..builders.colours import VERMILION
from ..builders.sdk import Panel, place, row
from ..builders.targets import DATASOURCE
from ..builders.variables import Variable, exporter_filters
from ..panels import status

TAG = "zenmux"


@dataclass(frozen=True, slots=True)
class Line:
    """Panels side by side, of one height; each with its id and width, of 24 in all."""

    height: int
    cells: tuple[tuple[Panel, int, int], ...]


def board(
    uid: str,
    title: str,
    description: str,
    variables: Sequence[Variable],
    elements: Sequence[dashboard.Row | Line],
) -> dashboard.Dashboard:
    """Return a dashboard: the head row, and below it headings and lines of panels."""
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
        .annotation(_alerts())
    )
    # Last, since most have one Prometheus and one exporter.
    for variable in (*variables, *exporter_filters()):
        result.with_variable(variable)
    y = 0
    for element in (_head(), *elements):
        y += _add(result, element, y)
    return result


def line(height: int, *cells: tuple[Panel, int, int]) -> Line:
    """Return a line of panels: each with its id and width."""
    return Line(height, cells)


def heading(title: str, number: int) -> dashboard.Row:
    """Return the heading of the lines below it; it needs an id, as panels do."""
    return row(title, number)


def _add(board: dashboard.Dashboard, element: dashboard.Row | Line, y: int) -> int:
    """Add a heading or a line below what is there; return its height."""
    if isinstance(element, dashboard.Row):
        board.with_row(element.grid_pos(models.GridPos(x=0, y=y, w=24, h=1)))
        return 1
    x = 0
    for panel, number, width in element.cells:
        board.with_panel(place(panel, number, x=x, y=y, w=width, h=element.height))
        x += width
    return element.height


def _head() -> Line:
    return line(
        3,
        (status.banner(), 1, 14),
        (status.newest_request(), 2, 5),
        (status.invalid_records(), 3, 5),
    )


def _alerts() -> dashboard.AnnotationQuery:
    """Return marks at the times at which alerts fired."""
    firing = 'alertname=~"ZenMux.*", alertstate="firing"'
    return (
        dashboard.AnnotationQuery()
        .name("Alerts")
        .datasource(DATASOURCE)
        .enable(True)
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
