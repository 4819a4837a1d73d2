"""Measures of the account and of the platform, as ZenMux's API reports them.

They are gauges that disappear when they are too old. So queries read their current value: the last
value in the range would be stale.
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
    """Return a gauge of the account by labels; all exporters of a job see the same account."""
    exact = "".join(f',{label}="{value}"' for label, value in labels.items())
    kept = f"max by ({', '.join(by)})" if by else "max"
    return f"{kept} ({_PREFIX}{name}{{{matchers(())}{exact}}})"


def state() -> str:
    """Return 1, labelled with the account's state."""
    return f"{account('status', 'state')} == 1"


def rate_is_raised() -> str:
    """Return 1 if a flow costs more than the plan says, else 0."""
    base = account("flow_rate_usd", rate="base")
    return f"{account('flow_rate_usd', rate='effective')}\n> bool\n{base}"


def seconds_left() -> str:
    """Return how long the balance lasts at the rate of the last 24 hours."""
    return f"86400 * {account('balance_usd')}\n/\n(max({_SPENT_IN_A_DAY}) > 0)"


def spent() -> str:
    """Return the decrease of the balance in each bar."""
    return f"max({added(_SPENT, INTERVAL)})"


def bonus_added() -> str:
    """Return the increase of the bonus credits in each bar."""
    return f"max({added(_ADDED, INTERVAL)})"


def seconds_until(name: str, *by: str) -> str:
    """Return the seconds until the timestamp of a gauge."""
    return f"{account(name, *by)} - time()"


def answer_age() -> str:
    """Return the seconds since the last usable answer of each endpoint, if there was one."""
    metric = "zenmux_exporter_api_last_success_timestamp_seconds"
    answered = f'{metric}{{{matchers(())},endpoint!="generation"}}'
    return f"time() - max by (endpoint) ({answered} > 0)"


def failures() -> str:
    """Estimate the failed requests to the API in the range, by endpoint and kind."""
    return f"{process_increase('zenmux_exporter_api_errors_total', 'endpoint', 'kind')} > 0"


def generations(*by: str) -> str:
    """Estimate the ids that were completed in the range, by labels."""
    return f"{process_increase('zenmux_exporter_generations_total', *by)} > 0"


def generations_not_stored() -> str:
    """Estimate the failed attempts to store answers and pushed ids in the range."""
    return f"{process_increase('zenmux_exporter_generations_store_failures_total', 'source')} > 0"


def generations_open() -> str:
    """Return the ids that are not completed, by source."""
    return f"max by (source) ({gauge('zenmux_exporter_generations_open')})"


def statistics_age() -> str:
    """Return the seconds since the end of the days that the platform's medians cover."""
    ended = gauge("zenmux_platform_statistics_end_timestamp_seconds")
    return f"time() - max by (statistic) ({ended})"


def own_median(histogram: str) -> str:
    """Return the median of the user's own requests in the range, for models that ZenMux ranks."""
    return f"{median_by_model(histogram, RANGE)}\nand on (model)\n{_platform(histogram, 'max')}"


def platform_median(histogram: str, choose: str) -> str:
    """Return the `min` or `max` over providers of the platform's median for each model."""
    return f"{_platform(histogram, choose)}\nand on (model)\n{median_by_model(histogram, RANGE)}"


def _platform(histogram: str, choose: str) -> str:
    return f"{choose} by (model) ({gauge(_PLATFORM[histogram], 'model', 'provider')})"
