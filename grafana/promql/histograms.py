"""Means, quantiles and buckets of what histograms observed in a window."""

from .aggregations import ratio
from .increases import increase
from .selectors import MODEL_FILTERS, RANGE, series

# With fewer observations a mean says little about a model or a provider.
MIN_OBSERVATIONS = 10


def mean(histogram: str, window: str, *by: str, filters: str = MODEL_FILTERS) -> str:
    """Return the mean of the observations in a window."""
    total = increase(series(f"{histogram}_sum", filters), window, *by)
    return ratio(total, increase(series(f"{histogram}_count", filters), window, *by))


def reliable_mean(histogram: str, by: str) -> str:
    """Return the mean over the range, where there are enough observations."""
    count = increase(series(f"{histogram}_count", MODEL_FILTERS), RANGE, by)
    return f"{mean(histogram, RANGE, by)} and on ({by}) ({count} >= {MIN_OBSERVATIONS})"


def buckets(histogram: str, window: str, filters: str = MODEL_FILTERS) -> str:
    """Return the cumulative buckets of the observations in a window."""
    return increase(series(f"{histogram}_bucket", filters), window, "le")


def quantile(share: float, histogram: str, window: str, filters: str = MODEL_FILTERS) -> str:
    """Return a quantile of the observations in a window; no value if there are none."""
    # An empty histogram's quantile is NaN; `>= 0` drops it.
    return f"histogram_quantile({share}, {buckets(histogram, window, filters)}) >= 0"
