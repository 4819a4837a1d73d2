"""The views of ZenMux's console, as tables of columns."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..catalogue import Metric, families
from ..rules.tokens import direction
from ..tables import COUNT, QUANTITY, RATE, SECONDS, SHARE, USD, Column, Form
from .measures import Labels, Measure, Observed, PerDay, Quantile, Quotient, Sum

DAY, TYPE = "day", "type"
_AVERAGE = Form(places=6, shown=2)


@dataclass(frozen=True, slots=True)
class Measured:
    """A column and its measure."""

    column: Column
    measure: Measure


@dataclass(frozen=True, slots=True)
class View:
    """A view of the console.

    `type_label`: the label that `type` means in it. `by`: the default grouping. `order`: the name
    of the column whose largest values come first.
    """

    name: str
    by: str
    order: str
    measured: tuple[Measured, ...]
    type_label: str = ""

    def label(self, by: str) -> str:
        """Return the label of a grouping; empty for days, or if the view has none."""
        return {TYPE: self.type_label, DAY: ""}.get(by, by)

    def columns(self, by: str) -> tuple[Measured, ...]:
        """Return the columns that are defined for a grouping."""
        if by == DAY:
            return tuple(one for one in self.measured if not isinstance(one.measure, PerDay))
        label = self.label(by)
        return tuple(
            one
            for one in self.measured
            if all(label in metric.labels for metric in one.measure.metrics)
        )


def _of(label: str, *values: str) -> "_Test":
    return _Test(label, frozenset(values))


@dataclass(frozen=True, slots=True)
class _Test:
    """A test for one of some values of a label; of an item the direction is tested."""

    label: str
    values: frozenset[str]

    def __call__(self, labels: Labels) -> bool:
        value = labels[self.label]
        return (direction(value) if self.label == "item" else value) in self.values


_REQUESTS = Sum(families.REQUESTS)
_TOKENS = Sum(families.TOKENS)
_COST = Sum(families.COST)
_PAYOUT = Sum(families.PAYOUT)
_COMPENSATIONS = Sum(families.COMPENSATIONS)
# Cancelled requests count as neither, as on the dashboards.
_DECIDED = Sum(families.REQUESTS, _of("outcome", "success", "error"))


def _measured(
    name: str, title: str, form: Form, measure: Measure, *, is_rare: bool = False
) -> Measured:
    return Measured(Column(name, title, form, is_rare=is_rare), measure)


def _counted(outcome: str) -> Measured:
    return _measured(
        outcome, outcome.title(), COUNT, Sum(families.REQUESTS, _of("outcome", outcome))
    )


def _average(name: str, title: str, metric: Metric, form: Form) -> Measured:
    mean = Quotient(Observed(metric), Observed(metric, is_count=True), form.places)
    return _measured(name, title, form, mean)


_AVERAGE_FIRST_TOKEN = _average(
    "average_first_token_seconds", "First token (s)", families.TIME_TO_FIRST_TOKEN, SECONDS
)
_AVERAGE_DURATION = _average(
    "average_duration_seconds", "Duration (s)", families.REQUEST_DURATION, SECONDS
)

INSURANCE = View(
    "insurance",
    by=TYPE,
    order="payout_usd",
    type_label="compensation_type",
    measured=(
        _measured("compensations", "Compensations", COUNT, _COMPENSATIONS),
        _measured("payout_usd", "Payout (USD)", USD, _PAYOUT),
        _measured(
            "average_payout_usd", "Average (USD)", USD, Quotient(_PAYOUT, _COMPENSATIONS, 12)
        ),
        _measured("compensations_per_day", "Per day", _AVERAGE, PerDay(_COMPENSATIONS, 6)),
    ),
)

USAGE = View(
    "usage",
    by="model",
    order="tokens",
    type_label="token_type",
    measured=(
        _measured("requests", "Requests", COUNT, _REQUESTS),
        *(
            _measured(
                f"{way}_tokens",
                f"{way.title()} tokens",
                QUANTITY,
                Sum(families.TOKENS, _of("direction", way)),
                is_rare=way == "other",
            )
            for way in ("input", "output", "other")
        ),
        _measured("tokens", "Tokens", QUANTITY, _TOKENS),
        _measured(
            "web_search_requests",
            "Web search requests",
            COUNT,
            Sum(families.WEB_SEARCH_REQUESTS),
            is_rare=True,
        ),
        _measured(
            "web_searches", "Web searches", QUANTITY, Sum(families.WEB_SEARCH_CALLS), is_rare=True
        ),
        _measured(
            "web_search_tokens",
            "Web search tokens",
            QUANTITY,
            Sum(families.WEB_SEARCH_TOKENS),
            is_rare=True,
        ),
    ),
)

PROVIDER = View(
    "provider",
    by="provider",
    order="requests",
    measured=(
        _measured("requests", "Requests", COUNT, _REQUESTS),
        *map(_counted, ("success", "error", "cancelled")),
        _measured(
            "success_rate",
            "Success rate",
            SHARE,
            Quotient(Sum(families.REQUESTS, _of("outcome", "success")), _DECIDED, 6),
        ),
        _measured("tokens", "Tokens", QUANTITY, _TOKENS),
        _AVERAGE_FIRST_TOKEN,
        _AVERAGE_DURATION,
    ),
)

PERFORMANCE = View(
    "performance",
    by="model",
    order="measured_requests",
    measured=(
        _measured(
            "measured_requests",
            "Measured",
            COUNT,
            Observed(families.REQUEST_DURATION, is_count=True),
        ),
        _AVERAGE_FIRST_TOKEN,
        *(
            _measured(
                f"first_token_p{percent}_seconds",
                f"First token p{percent} (s)",
                SECONDS,
                Quantile(families.TIME_TO_FIRST_TOKEN, percent),
            )
            for percent in (50, 95)
        ),
        _AVERAGE_DURATION,
        _measured(
            "duration_p95_seconds",
            "Duration p95 (s)",
            SECONDS,
            Quantile(families.REQUEST_DURATION, 95),
        ),
        _average("average_tokens_per_second", "Tokens/s", families.THROUGHPUT, RATE),
    ),
)

COST = View(
    "cost",
    by="model",
    order="cost_usd",
    type_label="item",
    measured=(
        _measured("requests", "Requests", COUNT, _REQUESTS),
        *(
            _measured(
                f"{way}_cost_usd", f"{way.title()} (USD)", USD, Sum(families.COST, _of("item", way))
            )
            for way in ("input", "output", "other")
        ),
        _measured("cost_usd", "Cost (USD)", USD, _COST),
        _measured("discount_usd", "Discount (USD)", USD, Sum(families.DISCOUNT), is_rare=True),
        _measured("cost_per_request_usd", "Per request", USD, Quotient(_COST, _REQUESTS, 12)),
        _measured(
            "cost_per_million_tokens_usd",
            "Per million tokens",
            USD,
            Quotient(_COST, _TOKENS, 12, 1_000_000),
        ),
    ),
)

VIEWS: Mapping[str, View] = {
    view.name: view for view in (INSURANCE, USAGE, PROVIDER, PERFORMANCE, COST)
}
