"""The kinds of panels: numbers, states, names, rankings, shares, bars, lines, heatmaps."""

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    heatmap,
    piechart,
    stat,
    timeseries,
)
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import heatmap as heats
from grafana_foundation_sdk.models import piechart as pies
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from .common import (
    BAR,
    DATASOURCE,
    EXACT_USD,
    MOST_BARS,
    SKY,
    TEXT,
    VERMILION,
    by_name,
    fixed,
    instant,
    over_time,
)


def _last() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"])


def number(title: str, description: str, expression: str, unit: str, empty: str) -> stat.Panel:
    """Return one large number for the whole range; `empty` is shown without data."""
    return (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .with_target(instant(expression))
        .unit(unit)
        .no_value(empty)
        .color_scheme(fixed(SKY))
        .graph_mode(shapes.BigValueGraphMode.NONE)
        .color_mode(shapes.BigValueColorMode.VALUE)
        .reduce_options(_last())
    )


def money(title: str, description: str, expression: str, empty: str) -> stat.Panel:
    """Return US dollars for the whole range, written out to a hundredth of a cent."""
    return number(title, description, expression, EXACT_USD, empty).decimals(4)


def winner(
    title: str, description: str, expression: str, legend: str, unit: str, *, empty: str
) -> stat.Panel:
    """Return a name with its number: the one series that a query leaves."""
    panel = number(title, description, expression, unit, empty)
    return panel.targets([instant(expression, legend)]).text_mode(
        shapes.BigValueTextMode.VALUE_AND_NAME
    )


def state(
    title: str, description: str, expression: str, states: dict[str, tuple[str, str]], empty: str
) -> stat.Panel:
    """Return a coloured text for a value; `states` maps the value to its text and colour."""
    results = {
        value: models.ValueMappingResult(text=text, color=color, index=index)
        for index, (value, (text, color)) in enumerate(states.items())
    }
    return (
        number(title, description, expression, TEXT, empty)
        .mappings([models.ValueMap(options=results)])
        .color_mode(shapes.BigValueColorMode.BACKGROUND_SOLID)
    )


def ranking(
    title: str, description: str, expression: str, legend: str, unit: str, *, empty: str
) -> bargauge.Panel:
    """Return one horizontal bar per series for the whole range, the largest first."""
    return (
        bargauge.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .with_target(instant(f"sort_desc({expression})", legend))
        .unit(unit)
        .min(0)
        .no_value(empty)
        .color_scheme(fixed(SKY))
        .display_mode(shapes.BarGaugeDisplayMode.BASIC)
        .orientation(shapes.VizOrientation.HORIZONTAL)
        .value_mode(shapes.BarGaugeValueMode.TEXT)
        .show_unfilled(False)
        .reduce_options(_last())
    )


def donut(
    title: str, description: str, expression: str, legend: str, unit: str, *, empty: str
) -> piechart.Panel:
    """Return the shares of a whole for the range."""
    table = (
        piechart.PieChartLegendOptions()
        .show_legend(True)
        .display_mode(shapes.LegendDisplayMode.TABLE)
        .placement(shapes.LegendPlacement.RIGHT)
        .values([pies.PieChartLegendValues.VALUE, pies.PieChartLegendValues.PERCENT])
    )
    return (
        piechart.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .with_target(instant(f"sort_desc({expression})", legend))
        .unit(unit)
        .no_value(empty)
        .color_scheme(by_name())
        .pie_type(pies.PieChartType.DONUT)
        .display_labels([pies.PieChartLabels.PERCENT])
        .tooltip(common.VizTooltipOptions().mode(shapes.TooltipDisplayMode.SINGLE))
        .reduce_options(_last())
        .legend(table)
    )


def bars(
    title: str, description: str, expression: str, legend: str, unit: str, *, empty: str
) -> timeseries.Panel:
    """Return stacked bars, one per interval; they add up to the total of the range."""
    return (
        _chart(title, description, unit, empty)
        .with_target(over_time(expression, legend))
        .draw_style(shapes.GraphDrawStyle.BARS)
        .bar_alignment(shapes.BarAlignment.AFTER)
        .bar_width_factor(0.9)
        .fill_opacity(80)
        .line_width(0)
        .stacking(common.StackingConfig().mode(shapes.StackingMode.NORMAL).group("A"))
        .legend(_legend("sum", "Total"))
    )


def lines(
    title: str,
    description: str,
    queries: dict[str, str],
    unit: str,
    *,
    empty: str,
    calc: str = "mean",
    exemplars: bool = False,
) -> timeseries.Panel:
    """Return lines, a query for each legend; a point is of the interval that begins there."""
    chart = _chart(title, description, unit, empty)
    for letter, (legend, expression) in zip("ABCDEF", queries.items(), strict=False):
        # The first query brings the dots: they would be the same of each.
        dots = exemplars and letter == "A"
        chart.with_target(over_time(expression, legend, letter).exemplar(dots))
    return (
        chart.draw_style(shapes.GraphDrawStyle.LINE)
        .line_width(2)
        .fill_opacity(0)
        .show_points(shapes.VisibilityMode.AUTO)
        .point_size(4)
        .legend(_legend(calc, {"mean": "Mean", "lastNotNull": "Last *"}[calc]))
    )


def _chart(title: str, description: str, unit: str, empty: str) -> timeseries.Panel:
    return (
        timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .interval(BAR)
        .max_data_points(MOST_BARS)
        .unit(unit)
        .min(0)
        .no_value(empty)
        .color_scheme(by_name())
        .tooltip(
            common.VizTooltipOptions()
            .mode(shapes.TooltipDisplayMode.MULTI)
            .sort(shapes.SortOrder.DESCENDING)
            .hide_zeros(True)
        )
    )


def _legend(calc: str, column: str) -> common.VizLegendOptions:
    return (
        common.VizLegendOptions()
        .show_legend(True)
        .display_mode(shapes.LegendDisplayMode.TABLE)
        .placement(shapes.LegendPlacement.BOTTOM)
        .calcs([calc])
        .sort_by(column)
        .sort_desc(True)
    )


def heat(title: str, description: str, expression: str, unit: str, *, empty: str) -> heatmap.Panel:
    """Return a histogram through time: how many fell between two bounds in each interval."""
    query = over_time(expression, "{{le}}").format(PromQueryFormat.HEATMAP)
    return (
        heatmap.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .with_target(query)
        .interval(BAR)
        .max_data_points(MOST_BARS)
        .unit(unit)
        .no_value(empty)
        .calculate(False)
        .color(_cividis())
        .cell_gap(1)
        .filter_values(heatmap.FilterValueRange().le(1e-9))
        .y_axis(heatmap.YAxisConfig().unit(unit).axis_placement(shapes.AxisPlacement.LEFT))
        .rows_frame(heatmap.RowsHeatmapOptions().layout(shapes.HeatmapCellLayout.AUTO))
        .cell_values(heatmap.CellValues().unit("short"))
        .tooltip(heatmap.HeatmapTooltip().mode(shapes.TooltipDisplayMode.SINGLE).y_histogram(True))
        .exemplars_color(VERMILION)
        .show_legend()
    )


def _cividis() -> heatmap.HeatmapColorOptions:
    return (
        heatmap.HeatmapColorOptions()
        .mode(heats.HeatmapColorMode.SCHEME)
        .scheme("Cividis")
        .scale(heats.HeatmapColorScale.EXPONENTIAL)
        .exponent(0.5)
        .steps(64)
    )
