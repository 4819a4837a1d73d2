"""The numbers of the overview: sums over the series of the published state."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from operator import add

from ...catalogue import Metric, families
from ...counting.delta import CompensatedRequest
from ...counting.quantiles import quantile
from ...metrics.published import PublishedState
from ...rules.outcome import CANCELLED, ERROR, SUCCESS

MOST = 10
"""The most groups of a card, and compensated requests, that are shown one by one."""


@dataclass(frozen=True, slots=True)
class Group:
    """A label value with the sum that it is ranked by, and a second sum."""

    name: str
    value: int
    number: int = 0


@dataclass(frozen=True, slots=True)
class Ranking:
    """The largest groups; `others`: the number of the others, `rest`: their sums."""

    top: tuple[Group, ...]
    others: int
    rest: Group


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider's requests by outcome."""

    name: str
    success: int
    error: int
    cancelled: int

    @property
    def requests(self) -> int:
        """All requests."""
        return self.success + self.error + self.cancelled


@dataclass(frozen=True, slots=True)
class Speed:
    """The median and the 95th percentile of a model's observations."""

    name: str
    median: int
    high: int


@dataclass(frozen=True, slots=True)
class Totals:
    """The totals that the overview shows."""

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


def totals_of(state: PublishedState) -> Totals:
    """Sum up a state; the caller must keep it from changing meanwhile."""
    requests = _sums(state, families.REQUESTS, "provider", "outcome")
    tokens = _sums(state, families.TOKENS, "model", "direction")
    payouts = _sums(state, families.PAYOUT, "model", "compensation_type")
    compensations = _sums(state, families.COMPENSATIONS, "model", "compensation_type")
    providers = _providers(requests)
    return Totals(
        requests=sum(requests.values()),
        outcomes=_by(requests, 1),
        tokens=sum(tokens.values()),
        directions=_by(tokens, 1),
        cost=_total(state, families.COST),
        discount=_total(state, families.DISCOUNT),
        payout=sum(payouts.values()),
        compensations=sum(compensations.values()),
        payout_by_type=_ranking(_by(payouts, 1), _by(compensations, 1)),
        payout_by_model=_ranking(_by(payouts, 0), _by(compensations, 0)),
        tokens_by_model=_ranking(_by(tokens, 0), {}),
        providers=providers[:MOST],
        other_providers=max(0, len(providers) - MOST),
        first_token=_speeds(state, families.TIME_TO_FIRST_TOKEN),
        throughput=_speeds(state, families.THROUGHPUT),
        newest=tuple(islice(reversed(state.compensated), MOST)),
    )


def _total(state: PublishedState, metric: Metric) -> int:
    return sum(series.value for series in state.counters[metric.name])


def _sums(
    state: PublishedState, metric: Metric, first: str, second: str
) -> Mapping[tuple[str, str], int]:
    """Return a family's sums by two labels, in one pass over its series."""
    one, two = metric.labels.index(first), metric.labels.index(second)
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for series in state.counters[metric.name]:
        labels = series.labels
        sums[labels[one], labels[two]] += series.value
    return sums


def _by(sums: Mapping[tuple[str, str], int], place: int) -> Mapping[str, int]:
    found: dict[str, int] = defaultdict(int)
    for labels, value in sums.items():
        found[labels[place]] += value
    return found


def _ranking(values: Mapping[str, int], numbers: Mapping[str, int]) -> Ranking:
    groups = [Group(name, value, numbers.get(name, 0)) for name, value in values.items()]
    groups = [one for one in groups if one.value or one.number]
    groups.sort(key=lambda one: (-one.value, -one.number, one.name))
    rest = groups[MOST:]
    summed = Group("", sum(one.value for one in rest), sum(one.number for one in rest))
    return Ranking(tuple(groups[:MOST]), len(rest), summed)


def _providers(requests: Mapping[tuple[str, str], int]) -> tuple[Provider, ...]:
    """Return the providers, the one with the most requests first."""
    found = (
        Provider(one, *(requests.get((one, word), 0) for word in (SUCCESS, ERROR, CANCELLED)))
        for one in {provider for provider, _ in requests}
    )
    return tuple(sorted(found, key=lambda one: (-one.requests, one.name)))


def _speeds(state: PublishedState, metric: Metric) -> tuple[Speed, ...]:
    """Return the models with the most observations."""
    place = metric.labels.index("model")
    counts: dict[str, tuple[int, ...]] = {}
    bounds: tuple[int, ...] = ()
    for series in state.histograms[metric.name]:
        model, value = series.labels[place], series.value
        known = counts.get(model)
        counts[model] = value.counts if known is None else tuple(map(add, known, value.counts))
        bounds = value.bounds
    numbers = {name: sum(observed) for name, observed in counts.items()}
    most = sorted(numbers, key=lambda name: (-numbers[name], name))[:MOST]
    return tuple(_speed(name, bounds, counts[name]) for name in most if numbers[name])


def _speed(name: str, bounds: tuple[int, ...], counts: tuple[int, ...]) -> Speed:
    median, high = (quantile(bounds, counts, percent) or 0 for percent in (50, 95))
    return Speed(name, median, high)
