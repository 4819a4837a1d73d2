"""The numbers of the overview: sums over the series of the published state."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from operator import add

from ...catalogue import Metric, families
from ...counting.delta import CompensatedRequest
from ...counting.quantiles import quantile
from ...metrics.published import PublishedState
from ...rules.outcome import CANCELLED, ERROR, SUCCESS

MOST = 10
"""Groups of a card, and compensated requests, that are shown one by one."""


@dataclass(frozen=True, slots=True)
class Group:
    """A label's value, the sum that it is ranked by, and a second one."""

    name: str
    value: int
    number: int = 0


@dataclass(frozen=True, slots=True)
class Ranking:
    """The largest groups; `rest`: how many others there are, and their sums."""

    top: tuple[Group, ...]
    others: int
    rest: Group


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider's requests by how they ended."""

    name: str
    success: int
    error: int
    cancelled: int

    @property
    def requests(self) -> int:
        """All of them."""
        return self.success + self.error + self.cancelled


@dataclass(frozen=True, slots=True)
class Speed:
    """What was observed of a model: how often, the median and the 95th percentile."""

    name: str
    number: int
    median: int
    high: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What the overview shows of the counts."""

    requests: int
    outcomes: Mapping[str, int]
    tokens: int
    directions: Mapping[str, int]
    cost: int
    discount: int
    payout: int
    compensations: int
    payout_by_type: Ranking
    payout_by_model: Ranking
    tokens_by_model: Ranking
    providers: tuple[Provider, ...]
    other_providers: int
    first_token: tuple[Speed, ...]
    throughput: tuple[Speed, ...]
    newest: tuple[CompensatedRequest, ...]
    newest_ms: int


def totals_of(state: PublishedState) -> Totals:
    """Sum up a state; the caller sees to it that it does not change meanwhile."""
    outcomes = _sums(state, families.REQUESTS, "outcome")
    directions = _sums(state, families.TOKENS, "direction")
    payouts = _sums(state, families.PAYOUT, "compensation_type")
    compensations = _sums(state, families.COMPENSATIONS, "compensation_type")
    providers = _providers(state)
    return Totals(
        requests=sum(outcomes.values()),
        outcomes=outcomes,
        tokens=sum(directions.values()),
        directions=directions,
        cost=_total(state, families.COST),
        discount=_total(state, families.DISCOUNT),
        payout=sum(payouts.values()),
        compensations=sum(compensations.values()),
        payout_by_type=_ranking(payouts, compensations),
        payout_by_model=_ranking(
            _sums(state, families.PAYOUT, "model"), _sums(state, families.COMPENSATIONS, "model")
        ),
        tokens_by_model=_ranking(_sums(state, families.TOKENS, "model"), {}),
        providers=providers[:MOST],
        other_providers=max(0, len(providers) - MOST),
        first_token=_speeds(state, families.TIME_TO_FIRST_TOKEN),
        throughput=_speeds(state, families.THROUGHPUT),
        newest=tuple(islice(reversed(state.compensated), MOST)),
        newest_ms=state.newest_ms,
    )


def _total(state: PublishedState, metric: Metric) -> int:
    return sum(series.value for series in state.counters[metric.name])


def _sums(state: PublishedState, metric: Metric, label: str) -> Mapping[str, int]:
    place = metric.labels.index(label)
    sums: dict[str, int] = defaultdict(int)
    for series in state.counters[metric.name]:
        sums[series.labels[place]] += series.value
    return sums


def _ranking(values: Mapping[str, int], numbers: Mapping[str, int]) -> Ranking:
    groups = [Group(name, value, numbers.get(name, 0)) for name, value in values.items()]
    groups = [one for one in groups if one.value or one.number]
    groups.sort(key=lambda one: (-one.value, -one.number, one.name))
    rest = groups[MOST:]
    summed = Group("", sum(one.value for one in rest), sum(one.number for one in rest))
    return Ranking(tuple(groups[:MOST]), len(rest), summed)


def _providers(state: PublishedState) -> tuple[Provider, ...]:
    """Return the providers, those with the most requests first."""
    name, outcome = (families.REQUESTS.labels.index(label) for label in ("provider", "outcome"))
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for series in state.counters[families.REQUESTS.name]:
        labels = series.labels
        sums[labels[name], labels[outcome]] += series.value
    found = (
        Provider(one, *(sums.get((one, word), 0) for word in (SUCCESS, ERROR, CANCELLED)))
        for one in {provider for provider, _ in sums}
    )
    return tuple(sorted(found, key=lambda one: (-one.requests, one.name)))


def _speeds(state: PublishedState, metric: Metric) -> tuple[Speed, ...]:
    """Return the models that were observed most often."""
    place = metric.labels.index("model")
    counts: dict[str, tuple[int, ...]] = {}
    bounds: tuple[int, ...] = ()
    for series in state.histograms[metric.name]:
        model, value = series.labels[place], series.value
        known = counts.get(model)
        counts[model] = value.counts if known is None else tuple(map(add, known, value.counts))
        bounds = value.bounds
    found = [_speed(name, bounds, one) for name, one in counts.items() if any(one)]
    return tuple(sorted(found, key=lambda one: (-one.number, one.name))[:MOST])


def _speed(name: str, bounds: tuple[int, ...], counts: Iterable[int]) -> Speed:
    observed = tuple(counts)
    median, high = (quantile(bounds, observed, percent) or 0 for percent in (50, 95))
    return Speed(name, sum(observed), median, high)
