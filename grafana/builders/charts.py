"""Build panels with several series: rankings, donuts, bars, lines, heat maps."""

from typing import TypeVar

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    heatmap,
    piechart,
    timeseries,
)
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import heatmap as heats
from grafana_foundation_sdk.models import piechart as pies
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from ..promql.rankings import OTHER, Ranking
from ..promql.selectors import BAR, TARGET
from .colours import BLUE, PLAIN, VERMILION, fixed, in_order
from .numbers import last
from .sdk import setting
from .targets import DATASOURCE, instant_query, range_query

_MAX_POINTS = 1500

# The ten largest and Other, or queries by legend.
Shown = Ranking | dict[str, str]

Drilled = TypeVar("Drilled", bargauge.Panel, piechart.Panel, timeseries.Panel)


def _drill_down(panel: Drilled, query: Shown) -> Drilled:
    """Link each model or provider of a panel to its speed, keeping the filters."""
    label = query.label if isinstance(query, Ranking) else next(iter(query)).strip("{}")
    if label not in {"model", "provider"}:
        return panel
    kept = "&".join(f"${{{name}:queryparam}}" for name in ("datasource", *TARGET, "plan"))
    value = f"${{__field.labels.{label}}}"
    link = {
        "title": f"Speed of {value}",
        "url": f"/d/zenmux-performance?${{__url_time_range}}&{kept}&var-{label}={value}",
    }
    # Only query A: the query of Other has no such label.
    return panel.override_by_query("A", [setting("links", [link])])


def _named(query: Shown) -> list[tuple[str, str, str]]:
    """Return the reference, legend and expression of each query of a panel."""
    if isinstance(query, Ranking):
        ten = ("A", f"{{{{{query.label}}}}}", query.ten)
        return [ten, ("B", OTHER, query.others)]
    return [
        (letter, legend, text)
        for letter, (legend, text) in zip("ABCDEF", query.items(), strict=False)
    ]


def _instants(query: Shown) -> list[Builder[Dataquery]]:
    named = _named(query)
    if not isinstance(query, Ranking):
        named = [(name, legend, f"sort_desc({text})") for name, legend, text in named]
    return [instant_query(text, legend, name) for name, legend, text in named]


def ranking(title: str, description: str, query: Shown, unit: str, *, empty: str) -> bargauge.Panel:
    """Return one horizontal bar per series for the range, largest first."""
    panel = (
        bargauge.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .targets(_instants(query))
        .unit(unit)
        # Otherwise Grafana hides the name of a single bar.
        .display_name("${__field.displayName}")
        .min(0)
        .no_value(empty)
        .color_scheme(fixed(PLAIN))
        .display_mode(shapes.BarGaugeDisplayMode.BASIC)
        .orientation(shapes.VizOrientation.HORIZONTAL)
        .value_mode(shapes.BarGaugeValueMode.TEXT)
        .show_unfilled(False)
        .name_placement(shapes.BarGaugeNamePlacement.TOP)
        .sizing(shapes.BarGaugeSizing.MANUAL)
        .min_viz_height(26)
        .max_viz_height(36)
        .text(common.VizTextDisplayOptions().title_size(12).value_size(12))
        .reduce_options(last())
    )
    return _drill_down(panel, query)


def donut(title: str, description: str, query: Shown, unit: str, *, empty: str) -> piechart.Panel:
    """Return a donut of each series' share in the range."""
    table = (
        piechart.PieChartLegendOptions()
        .show_legend(True)
        .display_mode(shapes.LegendDisplayMode.TABLE)
        .placement(shapes.LegendPlacement.RIGHT)
        .values([pies.PieChartLegendValues.VALUE, pies.PieChartLegendValues.PERCENT])
    )
    panel = (
        piechart.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .targets(_instants(query))
        .unit(unit)
        .no_value(empty)
        .color_scheme(in_order())
        .pie_type(pies.PieChartType.DONUT)
        .display_labels([pies.PieChartLabels.PERCENT])
        .tooltip(common.VizTooltipOptions().mode(shapes.TooltipDisplayMode.SINGLE))
        .reduce_options(last())
        .legend(table)
    )
    return _drill_down(panel, query)


def bars(title: str, description: str, query: Shown, unit: str, *, empty: str) -> timeseries.Panel:
    """Return stacked bars, one per interval."""
    named = _named(query)
    panel = (
        _chart(title, description, unit, empty)
        .targets([range_query(text, legend, name) for name, legend, text in named])
        .draw_style(shapes.GraphDrawStyle.BARS)
        .bar_alignment(shapes.BarAlignment.AFTER)
        .bar_width_factor(0.9)
        .fill_opacity(80)
        .line_width(0)
        .stacking(common.StackingConfig().mode(shapes.StackingMode.NORMAL).group("A"))
        .legend(_legend())
    )
    return _drill_down(panel, query)


def lines(
    title: str,
    description: str,
    queries: dict[str, str],
    unit: str,
    *,
    empty: str,
    exemplars: bool = False,
) -> timeseries.Panel:
    """Return lines, one query per legend; each point covers the interval that starts at it."""
    chart = _chart(title, description, unit, empty)
    for letter, legend, expression in _named(queries):
        # All queries of a panel would return the same exemplars.
        with_exemplars = exemplars and letter == "A"
        chart.with_target(range_query(expression, legend, letter).exemplar(with_exemplars))
    panel = (
        chart.draw_style(shapes.GraphDrawStyle.LINE)
        .line_width(2)
        .fill_opacity(0)
        .show_points(shapes.VisibilityMode.AUTO)
        .point_size(4)
        .span_nulls(True)
        .legend(_legend())
    )
    return _drill_down(panel, queries)


def _chart(title: str, description: str, unit: str, empty: str) -> timeseries.Panel:
    return (
        timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .interval(BAR)
        .max_data_points(_MAX_POINTS)
        .unit(unit)
        .axis_soft_min(0)
        .no_value(empty)
        .color_scheme(in_order())
        .tooltip(
            common.VizTooltipOptions()
            .mode(shapes.TooltipDisplayMode.MULTI)
            .sort(shapes.SortOrder.DESCENDING)
            .hide_zeros(True)
        )
    )


def _legend() -> common.VizLegendOptions:
    """Return a legend with names, without sums.

    Bars may begin before the range, so their sum may differ from the number for the range.
    """
    return (
        common.VizLegendOptions()
        .show_legend(True)
        .display_mode(shapes.LegendDisplayMode.LIST)
        .placement(shapes.LegendPlacement.BOTTOM)
    )


def heat_map(
    title: str, description: str, expression: str, unit: str, *, empty: str
) -> heatmap.Panel:
    """Return a histogram over time: the observations per bucket in each interval."""
    query = range_query(expression, "{{le}}").format(PromQueryFormat.HEATMAP)
    return (
        heatmap.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .with_target(query)
        .interval(BAR)
        .max_data_points(_MAX_POINTS)
        .unit(unit)
        .no_value(empty)
        .calculate(False)
        .color(_opaque())
        .cell_gap(1)
        .filter_values(heatmap.FilterValueRange().le(1e-9))
        .y_axis(heatmap.YAxisConfig().unit(unit).axis_placement(shapes.AxisPlacement.LEFT))
        .rows_frame(heatmap.RowsHeatmapOptions().layout(shapes.HeatmapCellLayout.AUTO))
        .cell_values(heatmap.CellValues().unit("short"))
        .tooltip(heatmap.HeatmapTooltip().mode(shapes.TooltipDisplayMode.SINGLE).y_histogram(True))
        .exemplars_color(VERMILION)
        .show_legend()
    )


def _opaque() -> heatmap.HeatmapColorOptions:
    """Return one colour whose opacity grows with the value, for dark and light themes."""
    return (
        heatmap.HeatmapColorOptions()
        .mode(heats.HeatmapColorMode.OPACITY)
        .fill(BLUE)
        .scale(heats.HeatmapColorScale.EXPONENTIAL)
        .exponent(0.5)
        .steps(64)
    )
