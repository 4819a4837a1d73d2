"""Means, quantiles and buckets of a histogram's observations in a window."""

from .aggregations import largest, ratio, sum_by
from .increases import added, added_in_range, added_until
from .measures import REQUESTS
from .rankings import TOP
from .selectors import BY_PROVIDER, INTERVAL, RANGE, View, increases

# With fewer observations a mean says little about a model or a provider.
MIN_OBSERVATIONS = 10
_MODEL = "model"
_ANY_MODEL = View(BY_PROVIDER.level, ("plan", "provider"))


def count(histogram: str, window: str, *by: str, view: View = BY_PROVIDER) -> str:
    """Return the number of observations in a window."""
    return sum_by(added(increases(view, f"{histogram}_count"), window), *by)


def mean(histogram: str, window: str, *by: str, view: View = BY_PROVIDER) -> str:
    """Return the mean of the observations in a window."""
    total = sum_by(added(increases(view, f"{histogram}_sum"), window), *by)
    return ratio(total, count(histogram, window, *by, view=view))


def mean_by_model(histogram: str) -> str:
    """Return the mean in each bar by model, for the ten with the most requests in the range.

    More lines would be indistinguishable.
    """
    # Only the choice of the ten filters by model.
    bar = added(increases(_ANY_MODEL, f"{histogram}_sum"), INTERVAL)
    number = added(increases(_ANY_MODEL, f"{histogram}_count"), INTERVAL)
    most = sum_by(added_in_range(increases(BY_PROVIDER, REQUESTS)), _MODEL)
    # No guard against division by 0: only growth is recorded.
    return f"{sum_by(bar, _MODEL)}\n/\n{sum_by(number, _MODEL)}\nand\n{largest(most, TOP)}"


def reliable_mean(histogram: str, by: str) -> str:
    """Return the mean over the range, if there are enough observations."""
    enough = f"{count(histogram, RANGE, by)} >= {MIN_OBSERVATIONS}"
    return f"{sum_by(added(increases(BY_PROVIDER, f'{histogram}_sum'), RANGE), by)}\n/\n({enough})"


def buckets(histogram: str, window: str, view: View = BY_PROVIDER) -> str:
    """Return the cumulative buckets of the observations in a window."""
    return sum_by(added(increases(view, f"{histogram}_bucket"), window), "le")


def distribution(histogram: str, view: View = BY_PROVIDER) -> str:
    """Return the cumulative buckets of each column of a heat map, all of them at each point.

    Grafana subtracts the points of the bucket below by index, not by time, so no point may be
    missing. For backfilled history, only buckets that grew are recorded.
    """
    selector = increases(view, f"{histogram}_bucket")
    column, whole = sum_by(added_until(selector), "le"), sum_by(added_in_range(selector), "le")
    return f"{column}\nor\n0 * {whole}"


def quantile(share: float, histogram: str, window: str, view: View = BY_PROVIDER) -> str:
    """Return a quantile of the observations in a window; no value if there are none."""
    return f"histogram_quantile({share}, {buckets(histogram, window, view)})"


def median_by_model(histogram: str, window: str) -> str:
    """Return the median of the observations in a window, for each model that has any."""
    seen = added(increases(BY_PROVIDER, f"{histogram}_bucket"), window)
    return f"histogram_quantile(0.5, {sum_by(seen, _MODEL, 'le')}) >= 0"
