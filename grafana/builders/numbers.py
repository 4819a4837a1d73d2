"""Build panels with single values: numbers, their change, states, notices."""

from grafana_foundation_sdk.builders import common, stat
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as models

from ..promql.health import none_counted
from ..promql.selectors import RANGE
from .colours import FAINT, PLAIN, VERMILION, fixed
from .sdk import setting, transformation
from .targets import DATASOURCE, instant_query
from .units import EXACT_USD, TEXT


def last() -> common.ReduceDataOptions:
    """Return options that reduce a field to its last value."""
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
        .color_scheme(fixed(PLAIN))
        .graph_mode(shapes.BigValueGraphMode.NONE)
        .color_mode(shapes.BigValueColorMode.VALUE)
        .text(common.VizTextDisplayOptions().title_size(16).value_size(28).percent_size(14))
        .reduce_options(last())
    )


def compared_total(panel: stat.Panel, expression: str) -> stat.Panel:
    """Show a total and its change from the previous range."""
    none = none_counted()
    before = f"{_before(expression)}\nor\n{none}"
    return _compared(panel, f"{expression}\nor\n{none}", before)


def compared_mean(panel: stat.Panel, expression: str, number: str) -> stat.Panel:
    """Show a mean or rate and its change; `number` has a value if the range has observations."""
    return _compared(panel, expression, f"{_before(expression)}\nand\n{number}")


def _before(expression: str) -> str:
    return expression.replace(f"[{RANGE}]", f"[{RANGE}] offset {RANGE}")


def _compared(panel: stat.Panel, expression: str, before: str) -> stat.Panel:
    """Merge both results into rows of one field: show the last, and its change from the first."""
    return (
        panel.targets([instant_query(before, "Value", "B"), instant_query(expression, "Value")])
        .with_transformation(transformation("merge", {}))
        .show_percent_change(True)
        .percent_change_color_mode(shapes.PercentChangeColorMode.SAME_AS_VALUE)
    )


def dollars(title: str, description: str, expression: str, empty: str) -> stat.Panel:
    """Return an amount in US dollars, to a hundredth of a cent."""
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
    """Show the names of queries that have a value; `quiet` is shown if none has."""
    named = [(letter, *query) for letter, query in zip("ABCDEF", queries.items(), strict=False)]
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
