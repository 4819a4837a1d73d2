"""What panels share: data source, units, colours, and the queries that they ask."""

from grafana_foundation_sdk.builders import dashboard, prometheus, timeseries
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import prometheus as prometheus_models

from .sdk import setting

DATASOURCE = shapes.DataSourceRef(type_val="prometheus", uid="${datasource}")

COUNT = "short"
WHOLE = "locale"
USD = "currencyUSD"
# Written out: the scaled unit keeps three digits, $346 of $345.67 and $12.3K of $12,345.
EXACT_USD = "currency:financial:$"
SECONDS = "s"
SHARE = "percentunit"
BYTES = "bytes"
SPEED = "suffix: tok/s"
TEXT = "none"

# Okabe and Ito's colours, told apart with any colour vision.
ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
GREY = "#999999"

# A name keeps its colour on every dashboard.
PAINT = {
    "success": GREEN,
    "error": VERMILION,
    "cancelled": GREY,
    "high_latency": ORANGE,
    "unsatisfactory_content": BLUE,
    "prompt": BLUE,
    "completion": ORANGE,
    "internal_reasoning": VERMILION,
    "input_cache_read": SKY,
    "input_cache_write": GREEN,
    "input_cache_write_5_min": YELLOW,
    "input_cache_write_1_h": PURPLE,
    "client": SKY,
    "quota": YELLOW,
    "platform": ORANGE,
    "provider": VERMILION,
    "accepted": GREEN,
    "amended": SKY,
    "duplicate": GREY,
    "invalid": VERMILION,
    "Other": GREY,
}

# One bar at least spans two scrapes; the variable `granularity` holds what the viewer chose.
SHORTEST_BAR = "1m"
MOST_BARS = 1500
BAR = "$granularity"


def instant(expression: str, legend: str = "", name: str = "A") -> prometheus.Dataquery:
    """Return a query for one value per series at the end of the range."""
    return _query(expression, legend, name).instant()


def over_time(expression: str, legend: str, name: str = "A") -> prometheus.Dataquery:
    """Return a query for values through the range."""
    return _query(expression, legend, name).range()


def rows(expression: str) -> prometheus.Dataquery:
    """Return a query whose labels become the columns of a table."""
    return instant(expression).format(prometheus_models.PromQueryFormat.TABLE)


def _query(expression: str, legend: str, name: str) -> prometheus.Dataquery:
    query = prometheus.Dataquery().expr(expression).ref_id(name).datasource(DATASOURCE)
    return query.legend_format(legend) if legend else query


def fixed(color: str) -> dashboard.FieldColor:
    """Return one colour for everything in a panel."""
    return dashboard.FieldColor().mode(models.FieldColorModeId.FIXED).fixed_color(color)


def by_name() -> dashboard.FieldColor:
    """Return colours that a series keeps from panel to panel, as its name does."""
    return dashboard.FieldColor().mode(models.FieldColorModeId.PALETTE_CLASSIC_BY_NAME)


def painted(panel: timeseries.Panel, *names: str) -> timeseries.Panel:
    """Give the series that are known by name their own colours."""
    for name in names:
        color = {"mode": "fixed", "fixedColor": PAINT[name]}
        panel.override_by_name(name, [setting("color", color)])
    return panel
