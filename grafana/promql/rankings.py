"""The ten largest values of a label, and the sum of all others as Other.

These are two queries, so that each is readable: one for the ten, one for the rest.
"""

from dataclasses import dataclass

from .aggregations import largest, sum_by
from .increases import added, added_in_range
from .selectors import INTERVAL, RANGE

TOP = 10
OTHER = "Other"


@dataclass(frozen=True, slots=True)
class Ranking:
    """The queries for the ten largest values of a label, and for the sum of all others."""

    label: str
    ten: str
    others: str


def top(selector: str, label: str) -> Ranking:
    """Return the ten largest increases of the range."""
    return top_of(f"{sum_by(added(selector, RANGE), label)} > 0", label)


def top_of(values: str, label: str) -> Ranking:
    """Return the ten largest of an instant vector."""
    ten = largest(values, TOP)
    return Ranking(label, ten, f"sum(\n{values}\nunless\n{ten}\n) > 0")


def top_bars(selector: str, label: str) -> Ranking:
    """Return the increase in each bar, for the ten largest in the range."""
    bars = sum_by(added(selector, INTERVAL), label)
    ten = largest(f"{sum_by(added_in_range(selector), label)} > 0", TOP)
    return Ranking(label, f"{bars}\nand\n{ten}", f"sum(\n{bars}\nunless\n{ten}\n)")
