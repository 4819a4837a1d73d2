"""Every PromQL expression of the dashboards, by name. Nothing else writes PromQL.

Counters are born at zero and never step back, so what was counted in a window is the last value
less the value when the window began: exact and whole, and bars add up to the total beside them.
`increase()` would extrapolate: 3 payouts read as 3.2. Where the start of the window was not
scraped its first sample stands in; a counter started afresh (the demo) counts from there as 0.
"""

EXPORTER = 'job=~"$job", instance=~"$instance"'
REQUESTS = f'{EXPORTER}, plan=~"$plan", model=~"$model", provider=~"$provider", api_key=~"$api_key"'
INSURANCE = f'{REQUESTS}, compensation_type=~"$compensation_type"'
EVENT = f'{EXPORTER}, compensation_type=~"$compensation_type"'

RANGE = "$__range"
INTERVAL = "$__interval"
TOP = 10

DETAIL_LABELS = (
    "generation_id",
    "model",
    "provider",
    "api_key",
    "plan",
    "compensation_type",
    "finish_reason",
    "input_tokens",
    "output_tokens",
    "cost_usd",
    "latency_ms",
    "throughput",
)


def series(metric: str, scope: str, **labels: str) -> str:
    """Return the selector of a metric in a scope; `labels` must be equal."""
    exact = "".join(f', {name}="{value}"' for name, value in labels.items())
    return f"{metric}{{{scope}{exact}}}"


def counted(selector: str, window: str, *by: str) -> str:
    """Return what counters grew by in the window, added up, by the given labels."""
    start = f"({selector} offset {window} or min_over_time({selector}[{window}]))"
    grown = f"clamp_min(max_over_time({selector}[{window}]) - {start}, 0)"
    return f"sum by ({', '.join(by)}) ({grown})" if by else f"sum({grown})"


def tokens(window: str, *by: str, **labels: str) -> str:
    """Return tokens, every type once."""
    return counted(series("zenmux_tokens_total", REQUESTS, **labels), window, *by)


def requests(window: str, *by: str) -> str:
    """Return requests of every outcome."""
    return counted(series("zenmux_requests_total", REQUESTS), window, *by)


def web_search_calls(window: str, *by: str) -> str:
    """Return web searches made."""
    return counted(series("zenmux_web_search_calls_total", REQUESTS), window, *by)


def web_search_requests(window: str, *by: str) -> str:
    """Return requests that searched the web."""
    return counted(series("zenmux_web_search_requests_total", REQUESTS), window, *by)


def web_search_tokens(window: str, *by: str) -> str:
    """Return tokens of the requests that searched the web."""
    return counted(series("zenmux_web_search_tokens_total", REQUESTS), window, *by)


def payout(window: str, *by: str) -> str:
    """Return US dollars paid out."""
    return counted(series("zenmux_insurance_payout_usd_total", INSURANCE), window, *by)


def compensations(window: str, *by: str) -> str:
    """Return compensations."""
    return counted(series("zenmux_insurance_compensations_total", INSURANCE), window, *by)


def payout_per_compensation() -> str:
    """Return the average payout; nothing, rather than NaN, where there was none."""
    return f"{payout(RANGE)} / ({compensations(RANGE)} > 0)"


def compensations_per_day() -> str:
    """Return the average number of compensations a day."""
    return f"{compensations(RANGE)} / ($__range_s / 86400)"


def top(expression: str) -> str:
    """Return the largest few of an instant vector, without the zeros."""
    return f"topk({TOP}, {expression} > 0)"


def compensated_requests(**labels: str) -> str:
    """Return a row per compensation of the range: request time in ms, all else as labels.

    The payout is made a label too, so that one query does: Grafana 12.4 shows nothing for a
    table of several queries when one of them is empty.
    """
    pair = "generation_id, compensation_type"
    paid = series("zenmux_compensated_request_payout_usd", INSURANCE, **labels)
    time = series("zenmux_compensated_request_timestamp_seconds", EVENT, **labels)
    seen = series("zenmux_compensated_request_seen_timestamp_seconds", EVENT, **labels)
    columns = ", ".join(DETAIL_LABELS)
    latest = f"max by ({columns}) (last_over_time({paid}[{RANGE}]))"
    rows = f'count_values by ({columns}) ("payout_usd", {latest})'
    at = f"1000 * max by ({pair}) (last_over_time({time}[{RANGE}]))"
    fresh = f"max by ({pair}) (last_over_time({seen}[{RANGE}])) > time() - $__range_s"
    return f"({at} and {fresh}) * on ({pair}) group_right () {rows}"


def demo() -> str:
    """Return 1 where any of the selected exporters invents its data."""
    return f"max({series('zenmux_exporter_demo', EXPORTER)})"


def exporter_up() -> str:
    """Return 0 where any of the selected exporters cannot be scraped."""
    return f"min({series('up', EXPORTER)})"


def newest_request_age() -> str:
    """Return seconds since the newest request on record."""
    newest = series("zenmux_last_request_timestamp_seconds", EXPORTER)
    return f"clamp_min(time() - max({newest}), 0)"


def invalid_records() -> str:
    """Return log lines rejected in the range."""
    return counted(series("zenmux_exporter_invalid_records_total", EXPORTER), RANGE)
