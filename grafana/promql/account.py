"""Measures of the account and of the platform, as ZenMux's API tells them.

They are gauges that vanish when they are too old, so they are read as they are now: a look back
would show frozen numbers.
"""

from .health import process_increase
from .histograms import median_by_model
from .increases import added
from .selectors import INTERVAL, RANGE, gauge, matchers

_PREFIX = "zenmux_account_"
_SPENT = gauge("instance:zenmux_account_spent_usd:increase")
_SPENT_IN_A_DAY = gauge("instance:zenmux_account_spent_usd:increase1d")
_ADDED = f'instance:zenmux_account_credits_usd:increase{{{matchers(())},kind="bonus"}}'
_PLATFORM = {
    "zenmux_time_to_first_token_seconds": "zenmux_platform_median_time_to_first_token_seconds",
    "zenmux_output_tokens_per_second": "zenmux_platform_median_output_tokens_per_second",
}


def account(name: str, *by: str, **labels: str) -> str:
    """Return a gauge of the account, by labels; every exporter of a job sees the same account."""
    exact = "".join(f',{label}="{value}"' for label, value in labels.items())
    kept = f"max by ({', '.join(by)})" if by else "max"
    return f"{kept} ({_PREFIX}{name}{{{matchers(())}{exact}}})"


def state() -> str:
    """Return 1 under the label of the account's state."""
    return f"{account('status', 'state')} == 1"


def rate_is_raised() -> str:
    """Return 1 if a flow costs more than the plan says, else 0."""
    base = account("flow_rate_usd", rate="base")
    return f"{account('flow_rate_usd', rate='effective')}\n> bool\n{base}"


def seconds_left() -> str:
    """Return how long the balance lasts at the rate of the last 24 hours."""
    return f"86400 * {account('balance_usd')}\n/\n(max({_SPENT_IN_A_DAY}) > 0)"


def spent() -> str:
    """Return by how much the balance fell in each bar."""
    return f"max({added(_SPENT, INTERVAL)})"


def bonus_added() -> str:
    """Return by how much the bonus credits rose in each bar."""
    return f"max({added(_ADDED, INTERVAL)})"


def seconds_until(name: str, *by: str) -> str:
    """Return the seconds until a time that a gauge tells."""
    return f"{account(name, *by)} - time()"


def answer_age() -> str:
    """Return the seconds since the last usable answer of each endpoint that has given one."""
    metric = "zenmux_exporter_api_last_success_timestamp_seconds"
    answered = f'{metric}{{{matchers(())},endpoint!="generation"}}'
    return f"time() - max by (endpoint) ({answered} > 0)"


def failures() -> str:
    """Return the failed requests to the API in the range, by endpoint and kind: an estimate."""
    return f"{process_increase('zenmux_exporter_api_errors_total', 'endpoint', 'kind')} > 0"


def generations(*by: str) -> str:
    """Return the ids that were done in the range, by labels: an estimate."""
    return f"{process_increase('zenmux_exporter_generations_total', *by)} > 0"


def generations_not_stored() -> str:
    """Return the failed attempts to store answers and pushed ids in the range: an estimate."""
    return f"{process_increase('zenmux_exporter_generations_store_failures_total', 'source')} > 0"


def generations_open() -> str:
    """Return the ids that are not done, by source."""
    return f"max by (source) ({gauge('zenmux_exporter_generations_open')})"


def statistics_age() -> str:
    """Return the seconds since the end of the days that the platform's medians are of."""
    ended = gauge("zenmux_platform_statistics_end_timestamp_seconds")
    return f"time() - max by (statistic) ({ended})"


def own_median(histogram: str) -> str:
    """Return the median of one's own requests of the range, of models that the platform ranks."""
    return f"{median_by_model(histogram, RANGE)}\nand on (model)\n{_platform(histogram, 'max')}"


def platform_median(histogram: str, choose: str) -> str:
    """Return the platform's median of a model, at the provider with the `min` or `max`."""
    return f"{_platform(histogram, choose)}\nand on (model)\n{median_by_model(histogram, RANGE)}"


def _platform(histogram: str, choose: str) -> str:
    return f"{choose} by (model) ({gauge(_PLATFORM[histogram], 'model', 'provider')})"
