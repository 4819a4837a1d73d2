"""Build main figures: the total of the range, its change, and a strip of bars below it."""

from collections.abc import Callable
from dataclasses import dataclass

from grafana_foundation_sdk.builders import common, stat, timeseries
from grafana_foundation_sdk.models import common as shapes

from ..promql.selectors import INTERVAL, RANGE
from .charts import bars
from .colours import PLAIN, fixed
from .numbers import compared_total, number
from .units import EXACT_COUNT, EXACT_USD

# Without data the tile shows a text, and the strip below it stays blank.
_BLANK = " "

# A query for a window: for the range, or for each bar.
Measure = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Figure:
    """A tile, and the strip directly below it."""

    tile: stat.Panel
    strip: timeseries.Panel


def count(title: str, description: str, measure: Measure, empty: str) -> Figure:
    """Return a main figure that is a count."""
    return _figure(title, description, measure, EXACT_COUNT, 0, empty)


def dollars(title: str, description: str, measure: Measure, empty: str) -> Figure:
    """Return a main figure in US dollars, to a hundredth of a cent."""
    return _figure(title, description, measure, EXACT_USD, 4, empty)


def _figure(
    title: str, description: str, measure: Measure, unit: str, decimals: int, empty: str
) -> Figure:
    """Return a total with its change, and the bars that add up to it.

    Grafana's own sparkline would compute a total for each point of the range, and show the last as
    the number. The strip queries bars, like charts do, so the number stays exact and cheap.
    """
    total = measure(RANGE)
    tile = number(title, description, total, unit, empty).decimals(decimals)
    strip = _strip(title, measure(INTERVAL), unit).decimals(decimals)
    return Figure(compared_total(tile, total), strip)


def _strip(name: str, expression: str, unit: str) -> timeseries.Panel:
    """Return bars without axes and legend; the tooltip shows their name and value."""
    return (
        bars("", "", {name: expression}, unit, empty=_BLANK)
        .color_scheme(fixed(PLAIN))
        .transparent(True)
        .axis_placement(shapes.AxisPlacement.HIDDEN)
        .legend(common.VizLegendOptions().show_legend(False))
        .tooltip(common.VizTooltipOptions().mode(shapes.TooltipDisplayMode.SINGLE))
    )
