"""What panels share: data source, units, colours and the defaults of each panel kind."""

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    prometheus,
    stat,
    timeseries,
)
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import prometheus as prometheus_models

from .sdk import setting

DATASOURCE = shapes.DataSourceRef(type_val="prometheus", uid="${datasource}")

COUNT = "short"
USD = "currencyUSD"
SECONDS = "s"

# Okabe and Ito's colours, told apart with any colour vision.
ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"

# One bar at least spans two scrapes, and the default week shows about 84 bars.
SHORTEST_BAR = "1m"
MOST_BARS = 100


def instant(expression: str, legend: str = "") -> prometheus.Dataquery:
    """Return a query for one value per series at the end of the range."""
    return _query(expression, legend).instant()


def over_time(expression: str, legend: str) -> prometheus.Dataquery:
    """Return a query for values through the range."""
    return _query(expression, legend).range()


def rows(expression: str) -> prometheus.Dataquery:
    """Return a query whose labels become the columns of a table."""
    return instant(expression).format(prometheus_models.PromQueryFormat.TABLE)


def _query(expression: str, legend: str) -> prometheus.Dataquery:
    query = prometheus.Dataquery().expr(expression).ref_id("A").datasource(DATASOURCE)
    return query.legend_format(legend) if legend else query


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
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
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
        number(title, description, expression, "none", empty)
        .mappings([models.ValueMap(options=results)])
        .color_mode(shapes.BigValueColorMode.BACKGROUND_SOLID)
    )


def bars(
    title: str, description: str, expression: str, legend: str, unit: str, *, empty: str
) -> timeseries.Panel:
    """Return stacked bars, one per interval; they add up to the total of the range."""
    return (
        timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .with_target(over_time(expression, legend))
        .interval(SHORTEST_BAR)
        .max_data_points(MOST_BARS)
        .unit(unit)
        .min(0)
        .no_value(empty)
        .draw_style(shapes.GraphDrawStyle.BARS)
        .bar_alignment(shapes.BarAlignment.BEFORE)
        .fill_opacity(80)
        .line_width(0)
        .stacking(common.StackingConfig().mode(shapes.StackingMode.NORMAL).group("A"))
        .color_scheme(by_name())
        .legend(_legend())
        .tooltip(
            common.VizTooltipOptions()
            .mode(shapes.TooltipDisplayMode.MULTI)
            .sort(shapes.SortOrder.DESCENDING)
            .hide_zeros(True)
        )
    )


def ranking(
    title: str, description: str, expression: str, legend: str, unit: str, *, empty: str
) -> bargauge.Panel:
    """Return one horizontal bar per series for the whole range, the largest few."""
    return (
        bargauge.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .with_target(instant(expression, legend))
        .unit(unit)
        .min(0)
        .no_value(empty)
        .color_scheme(fixed(SKY))
        .display_mode(shapes.BarGaugeDisplayMode.BASIC)
        .orientation(shapes.VizOrientation.HORIZONTAL)
        .value_mode(shapes.BarGaugeValueMode.TEXT)
        .show_unfilled(False)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    )


def _legend() -> common.VizLegendOptions:
    return (
        common.VizLegendOptions()
        .show_legend(True)
        .display_mode(shapes.LegendDisplayMode.TABLE)
        .placement(shapes.LegendPlacement.BOTTOM)
        .calcs(["sum"])
        .sort_by("Total")
        .sort_desc(True)
    )


def fixed(color: str) -> dashboard.FieldColor:
    """Return one colour for everything in a panel."""
    return dashboard.FieldColor().mode(models.FieldColorModeId.FIXED).fixed_color(color)


def by_name() -> dashboard.FieldColor:
    """Return colours that a series keeps from panel to panel, as its name does."""
    return dashboard.FieldColor().mode(models.FieldColorModeId.PALETTE_CLASSIC_BY_NAME)


def painted(panel: timeseries.Panel, colors: dict[str, str]) -> timeseries.Panel:
    """Give the series that are known by name their own colours."""
    for name, color in colors.items():
        panel.override_by_name(name, [setting("color", {"mode": "fixed", "fixedColor": color})])
    return panel
