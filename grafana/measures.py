"""What the dashboards show of requests, money and speed, by name, as PromQL."""

from .queries import (
    INSURANCE,
    MODELS,
    RANGE,
    REQUESTS,
    counted,
    mean,
    ratio,
    series,
)

TOKENS = series("zenmux_tokens_total", REQUESTS)
CALLS = series("zenmux_requests_total", REQUESTS)
COST = series("zenmux_cost_usd_total", REQUESTS)
SEARCHES = series("zenmux_web_search_calls_total", REQUESTS)
SEARCH_TOKENS = series("zenmux_web_search_tokens_total", REQUESTS)
PAYOUT = series("zenmux_insurance_payout_usd_total", INSURANCE)
COMPENSATIONS = series("zenmux_insurance_compensations_total", INSURANCE)

DURATION = "zenmux_request_duration_seconds"
FIRST_TOKEN = "zenmux_time_to_first_token_seconds"  # noqa: S105  # no password
GENERATION = "zenmux_generation_duration_seconds"
THROUGHPUT = "zenmux_output_tokens_per_second"
PAYOUT_SIZE = "zenmux_insurance_payout_per_request_usd"
PAYOUT_DELAY = "zenmux_insurance_payout_delay_seconds"
# Their labels are fewer: a payout's size is known by model, its delay by type only.
SIZE_SCOPE = (
    'job=~"$job", instance=~"$instance", plan=~"$plan", model=~"$model", '
    'compensation_type=~"$compensation_type"'
)

INPUT_ITEMS = 'item=~"prompt|input_cache_.*"'
OUTPUT_ITEMS = 'item=~"completion|internal_reasoning|audio"'
OTHER_ITEMS = 'item!~"prompt|input_cache_.*|completion|internal_reasoning|audio"'


def tokens(window: str, *by: str, **labels: str) -> str:
    """Return tokens, every type once."""
    return counted(series("zenmux_tokens_total", REQUESTS, **labels), window, *by)


def console_tokens(window: str, *by: str) -> str:
    """Return input and output tokens: what the console calls total usage."""
    both = 'direction=~"input|output"'
    return counted(series("zenmux_tokens_total", REQUESTS, both), window, *by)


def units(window: str, *by: str) -> str:
    """Return billed units that are no tokens."""
    return counted(series("zenmux_billed_units_total", REQUESTS), window, *by)


def requests(window: str, *by: str, **labels: str) -> str:
    """Return requests."""
    return counted(series("zenmux_requests_total", REQUESTS, **labels), window, *by)


def success_rate(window: str, *by: str) -> str:
    """Return successes over successes and errors; what was cancelled is neither."""
    decided = counted(
        series("zenmux_requests_total", REQUESTS, 'outcome=~"success|error"'), window, *by
    )
    return ratio(requests(window, *by, outcome="success"), decided)


def errors(window: str, *by: str) -> str:
    """Return failed requests."""
    return counted(series("zenmux_request_errors_total", MODELS), window, *by)


def finishes(window: str, *by: str) -> str:
    """Return requests by how they finished."""
    return counted(series("zenmux_finish_reasons_total", MODELS), window, *by)


def web_search_calls(window: str, *by: str) -> str:
    """Return web searches made."""
    return counted(SEARCHES, window, *by)


def web_search_requests(window: str, *by: str) -> str:
    """Return requests that searched the web."""
    return counted(series("zenmux_web_search_requests_total", REQUESTS), window, *by)


def web_search_tokens(window: str, *by: str) -> str:
    """Return tokens of the requests that searched the web."""
    return counted(SEARCH_TOKENS, window, *by)


def cost(window: str, *by: str) -> str:
    """Return US dollars billed, gross of discount and payout."""
    return counted(COST, window, *by)


def cost_of(items: str) -> str:
    """Return US dollars billed for some fee items in the range; 0 where only others were."""
    some = counted(series("zenmux_cost_usd_total", REQUESTS, items), RANGE)
    return f"{some} or 0 * {cost(RANGE)}"


def discount(window: str) -> str:
    """Return US dollars of discount."""
    return counted(series("zenmux_discount_usd_total", REQUESTS), window)


def payout(window: str, *by: str, scope: str = INSURANCE) -> str:
    """Return US dollars paid out."""
    return counted(series("zenmux_insurance_payout_usd_total", scope), window, *by)


def compensations(window: str, *by: str) -> str:
    """Return compensations."""
    return counted(COMPENSATIONS, window, *by)


def payout_per_compensation() -> str:
    """Return the average payout."""
    return ratio(payout(RANGE), compensations(RANGE))


def compensations_per_day() -> str:
    """Return the average number of compensations a day."""
    return f"{compensations(RANGE)} / ($__range_s / 86400)"


def compensated_share() -> str:
    """Return compensations over requests."""
    return ratio(compensations(RANGE), requests(RANGE))


def payout_share(window: str, *, scope: str = INSURANCE) -> str:
    """Return payouts over cost."""
    return ratio(payout(window, scope=scope), cost(window))


def cost_per_request(*by: str) -> str:
    """Return the average cost of a request."""
    return ratio(cost(RANGE, *by), requests(RANGE, *by))


def cost_per_million(*by: str) -> str:
    """Return the average cost of a million tokens."""
    return ratio(cost(RANGE, *by), tokens(RANGE, *by), " * 1e6")


def net_cost() -> str:
    """Return cost less discount and payout."""
    paid = payout(RANGE, scope=REQUESTS)
    return f"{cost(RANGE)} - ({discount(RANGE)} or vector(0)) - ({paid} or vector(0))"


def latency(window: str, *by: str) -> str:
    """Return the mean duration of successful requests."""
    return mean(DURATION, window, *by)


def first_token(window: str, *by: str) -> str:
    """Return the mean time to the first token."""
    return mean(FIRST_TOKEN, window, *by)


def generation(window: str, *by: str) -> str:
    """Return the mean time from the first token to the last."""
    return mean(GENERATION, window, *by)


def throughput(window: str, *by: str) -> str:
    """Return the mean throughput."""
    return mean(THROUGHPUT, window, *by)


def providers() -> str:
    """Return how many providers served requests."""
    return f"count({requests(RANGE, 'provider')} > 0)"
