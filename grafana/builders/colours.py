"""Colours: a colour-blind-safe palette, and a fixed colour for each well-known name."""

from grafana_foundation_sdk.builders import dashboard, timeseries
from grafana_foundation_sdk.models import dashboard as models

from .sdk import setting

# The palette of Okabe and Ito, distinguishable with any colour vision.
ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
GREY = "#999999"
# Grafana's named colour, which is darker in the light theme.
PLAIN = "blue"
# The background of notices if there is nothing to report.
FAINT = "rgba(128, 128, 128, 0.15)"

# A name has the same colour on every dashboard.
COLOUR_BY_NAME = {
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
    "input": BLUE,
    "output": ORANGE,
    "99 %": VERMILION,
    "95 %": ORANGE,
    "median": BLUE,
    "5 %": SKY,
    "client": SKY,
    "quota": YELLOW,
    "platform": ORANGE,
    "provider": VERMILION,
    "accepted": GREEN,
    "amended": SKY,
    "duplicate": GREY,
    "pending": YELLOW,
    "invalid": VERMILION,
    "Other": GREY,
}


def fixed(color: str) -> dashboard.FieldColor:
    """Return one colour for all series of a panel."""
    return dashboard.FieldColor().mode(models.FieldColorModeId.FIXED).fixed_color(color)


def in_order() -> dashboard.FieldColor:
    """Return Grafana's palette in the order of series: ten different colours in either theme.

    Grafana's palette by series name would give several models the same colour.
    """
    return dashboard.FieldColor().mode(models.FieldColorModeId.PALETTE_CLASSIC)


def with_colours(panel: timeseries.Panel, *names: str) -> timeseries.Panel:
    """Give the named series of a panel their fixed colours."""
    for name in names:
        color = {"mode": "fixed", "fixedColor": COLOUR_BY_NAME[name]}
        panel.override_by_name(name, [setting("color", color)])
    return panel
