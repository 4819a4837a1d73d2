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

from ..builders.colours import VERMILION
from ..builders.sdk import place
from ..builders.targets import DATASOURCE
from ..builders.variables import Variable, exporter_filters
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
        .annotation(_alerts())
    )
    # Last, since most have one Prometheus and one exporter.
    for variable in (*variables, *exporter_filters()):
        result.with_variable(variable)
    for element in (*_head(), *elements):
        if isinstance(element, dashboard.Row):
            result.with_row(element)
        else:
            result.with_panel(element)
    return result


def _head() -> tuple[stat.Panel, ...]:
    return (
        place(status.banner(), 1, x=0, y=0, w=14, h=3),
        place(status.newest_request(), 2, x=14, y=0, w=5, h=3),
        place(status.invalid_records(), 3, x=19, y=0, w=5, h=3),
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
