"""The ten largest values of a label, and the sum of all others under the name Other."""

from .aggregations import largest
from .increases import increase, increase_of_all_bars
from .selectors import INTERVAL

TOP = 10
OTHER = "Other"
_NAME = "shown"


def top(expression: str, label: str) -> str:
    """Return the ten largest of an instant vector by a label, and Other."""
    named = largest(f"{expression} > 0", TOP)
    others = f"sum({expression} unless {named}) > 0"
    return f'{named} or label_replace({others}, "{label}", "{OTHER}", "", "")'


def top_bars(selector: str, label: str) -> str:
    """Return the increase in each bar by a label: the ten largest of the chart, and Other.

    Bars are expensive, so they are evaluated once and then joined with the name to show.
    """
    bars = increase(selector, INTERVAL, label)
    total = increase_of_all_bars(selector, label)
    own = f'label_join({largest(f"{total} > 0", TOP)} * 0 + 1, "{_NAME}", "", "{label}")'
    others = f'label_replace({total} * 0 + 1, "{_NAME}", "{OTHER}", "", "")'
    names = f"({own} or on ({label}) {others})"
    shown = f"sum by ({_NAME}) ({bars} * on ({label}) group_left ({_NAME}) {names})"
    return f'label_join({shown}, "{label}", "", "{_NAME}")'
