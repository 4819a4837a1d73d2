"""Build panels by visualization: numbers, states, rankings, donuts, bars, lines, heatmaps."""

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    heatmap,
    piechart,
    stat,
    timeseries,
)
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import heatmap as heats
from grafana_foundation_sdk.models import piechart as pies
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from ..promql.rankings import OTHER, Ranking
from ..promql.selectors import BAR, RANGE
from .colours import BLUE, FAINT, SKY, VERMILION, fixed, in_order
from .sdk import setting, transformation
from .targets import DATASOURCE, instant_query, range_query
from .units import EXACT_USD, TEXT

_MAX_POINTS = 1500

# The ten largest and Other, or queries by their legends.
Shown = Ranking | dict[str, str]


def _last() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"])


def number(title: str, description: str, expression: str, unit: str, empty: str) -> stat.Panel:
    """Return one large number for the range; `empty` is the text shown without data."""
    return (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .with_target(instant_query(expression))
        .unit(unit)
        .no_value(empty)
        .color_scheme(fixed(SKY))
        .graph_mode(shapes.BigValueGraphMode.NONE)
        .color_mode(shapes.BigValueColorMode.VALUE)
        .reduce_options(_last())
    )


def compared(panel: stat.Panel, expression: str) -> stat.Panel:
    """Show by how much a number differs from that of the range before, in percent.

    Both become rows of one field: the panel shows the last row, and its change from the first.
    """
    before = expression.replace(f"[{RANGE}]", f"[{RANGE}] offset {RANGE}")
    return (
        panel.targets([instant_query(before, "Value", "B"), instant_query(expression, "Value")])
        .with_transformation(transformation("merge", {}))
        .show_percent_change(True)
        .percent_change_color_mode(shapes.PercentChangeColorMode.SAME_AS_VALUE)
        .text(common.VizTextDisplayOptions().value_size(30).percent_size(14))
    )


def dollars(title: str, description: str, expression: str, empty: str) -> stat.Panel:
    """Return US dollars of the range, to a hundredth of a cent."""
    return number(title, description, expression, EXACT_USD, empty).decimals(4)


def named_number(
    title: str, description: str, expression: str, legend: str, unit: str, *, empty: str
) -> stat.Panel:
    """Return the name and the value of the only series of a query."""
    panel = number(title, description, expression, unit, empty)
    return panel.targets([instant_query(expression, legend)]).text_mode(
        shapes.BigValueTextMode.VALUE_AND_NAME
    )


def state(
    title: str, description: str, expression: str, states: dict[str, tuple[str, str]], empty: str
) -> stat.Panel:
    """Return a coloured text; `states` maps each value to its text and colour."""
    results = {
        value: models.ValueMappingResult(text=text, color=color, index=index)
        for index, (value, (text, color)) in enumerate(states.items())
    }
    return (
        number(title, description, expression, TEXT, empty)
        .mappings([models.ValueMap(options=results)])
        .color_mode(shapes.BigValueColorMode.BACKGROUND_SOLID)
    )


def notices(title: str, description: str, queries: dict[str, str], quiet: str) -> stat.Panel:
    """Return the names of the queries that have a value; `quiet` is shown if none has."""
    named = _named(queries)
    panel = (
        number(title, description, "", TEXT, quiet)
        .targets([instant_query(text, legend, name) for name, legend, text in named])
        .text_mode(shapes.BigValueTextMode.VALUE)
        .color_mode(shapes.BigValueColorMode.BACKGROUND_SOLID)
        .color_scheme(fixed(FAINT))
        .text(common.VizTextDisplayOptions().value_size(18))
    )
    for name, legend, _ in named:
        always = {"from": None, "to": None, "result": {"text": legend, "index": 0}}
        properties = [
            setting("mappings", [{"type": "range", "options": always}]),
            setting("color", {"mode": "fixed", "fixedColor": VERMILION}),
        ]
        panel.override_by_query(name, properties)
    return panel


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
    return (
        bargauge.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .targets(_instants(query))
        .unit(unit)
        .min(0)
        .no_value(empty)
        .color_scheme(fixed(SKY))
        .display_mode(shapes.BarGaugeDisplayMode.BASIC)
        .orientation(shapes.VizOrientation.HORIZONTAL)
        .value_mode(shapes.BarGaugeValueMode.TEXT)
        .show_unfilled(False)
        .name_placement(shapes.BarGaugeNamePlacement.TOP)
        .sizing(shapes.BarGaugeSizing.MANUAL)
        .min_viz_height(26)
        .max_viz_height(36)
        .text(common.VizTextDisplayOptions().title_size(12).value_size(13))
        .reduce_options(_last())
    )


def donut(title: str, description: str, query: Shown, unit: str, *, empty: str) -> piechart.Panel:
    """Return a donut of each series' share in the range."""
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
        .targets(_instants(query))
        .unit(unit)
        .no_value(empty)
        .color_scheme(in_order())
        .pie_type(pies.PieChartType.DONUT)
        .display_labels([pies.PieChartLabels.PERCENT])
        .tooltip(common.VizTooltipOptions().mode(shapes.TooltipDisplayMode.SINGLE))
        .reduce_options(_last())
        .legend(table)
    )


def bars(title: str, description: str, query: Shown, unit: str, *, empty: str) -> timeseries.Panel:
    """Return stacked bars, one per interval."""
    named = _named(query)
    return (
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


def lines(
    title: str,
    description: str,
    queries: dict[str, str],
    unit: str,
    *,
    empty: str,
    exemplars: bool = False,
) -> timeseries.Panel:
    """Return lines, one query per legend; each point covers the interval that starts there."""
    chart = _chart(title, description, unit, empty)
    for letter, legend, expression in _named(queries):
        # All queries of a panel would return the same exemplars.
        with_exemplars = exemplars and letter == "A"
        chart.with_target(range_query(expression, legend, letter).exemplar(with_exemplars))
    return (
        chart.draw_style(shapes.GraphDrawStyle.LINE)
        .line_width(2)
        .fill_opacity(0)
        .show_points(shapes.VisibilityMode.AUTO)
        .point_size(4)
        .span_nulls(True)
        .legend(_legend())
    )


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
    """Return a legend of names.

    Without sums: the bars may begin before the range, so theirs may differ from its number.
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
    """Return one colour, the more of it the more there is: right on dark and on light."""
    return (
        heatmap.HeatmapColorOptions()
        .mode(heats.HeatmapColorMode.OPACITY)
        .fill(BLUE)
        .scale(heats.HeatmapColorScale.EXPONENTIAL)
        .exponent(0.5)
        .steps(64)
    )
