"""The parts that all dashboards share: head row, links, time range."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import (
    bargauge,
    dashboard,
    heatmap,
    piechart,
    stat,
    table,
    timeseries,
)
from grafana_foundation_sdk.models import dashboard as models

from ..builders.sdk import place
from ..builders.variables import Variable
from ..panels import status

TAG = "zenmux"

Element = (
    bargauge.Panel
    | dashboard.Row
    | heatmap.Panel
    | piechart.Panel
    | stat.Panel
    | table.Panel
    | timeseries.Panel
)


def board(
    uid: str,
    title: str,
    description: str,
    variables: Sequence[Variable],
    elements: Sequence[Element],
) -> dashboard.Dashboard:
    """Return a dashboard with the head row above the given rows and panels."""
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
    )
    for variable in variables:
        result.with_variable(variable)
    for element in (*_head(), *elements):
        if isinstance(element, dashboard.Row):
            result.with_row(element)
        else:
            result.with_panel(element)
    return result


def _head() -> tuple[stat.Panel, ...]:
    return (
        place(status.banner(), 1, x=0, y=0, w=12, h=3),
        place(status.exporter(), 2, x=12, y=0, w=4, h=3),
        place(status.newest_request(), 3, x=16, y=0, w=4, h=3),
        place(status.invalid_records(), 4, x=20, y=0, w=4, h=3),
    )


def _siblings() -> dashboard.DashboardLink:
    return (
        dashboard.DashboardLink("ZenMux")
        .type(models.DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .icon("external link")
        .tooltip("The other ZenMux dashboards, with the same time range and filters")
        .as_dropdown(False)
        .include_vars(True)
        .keep_time(True)
    )
