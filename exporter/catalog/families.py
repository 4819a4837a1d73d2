"""The metrics of requests, their cost, their speed and their insurance."""

from ..tally import KeyTally
from .metric import Metric, Pairs, Scope, by_word, counter, gauge, histogram, single

INPUT, OUTPUT, OTHER_DIRECTION = "input", "output", "other"

BUCKETS = {
    "duration": "0.1 0.25 0.5 1 2 3 5 8 13 20 30 60 120 300 600",
    "throughput": "1 2 5 10 20 30 50 75 100 150 200 300 500 1000",
    "payout": "0.0001 0.0005 0.001 0.005 0.01 0.05 0.1 0.5 1 5 10",
    "payout_delay": "3600 10800 21600 43200 64800 86400 108000 129600 172800 259200 604800 1209600",
}

_KEY = ("api_key", "model", "provider", "plan")
_MODEL = ("model", "provider", "plan")
_DETAIL = (
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

DIRECTIONS = {
    "completion": OUTPUT,
    "internal_reasoning": OUTPUT,
    "audio": OUTPUT,
    "prompt": INPUT,
    "input_cache_read": INPUT,
    "input_cache_write": INPUT,
    "input_cache_write_5_min": INPUT,
    "input_cache_write_1_h": INPUT,
}


def direction(token_type: str) -> str:
    """`input` or `output` by token type, `other` for types that nobody knows."""
    if token_type.startswith("input_cache_"):
        return INPUT
    return DIRECTIONS.get(token_type, OTHER_DIRECTION)


def _outcomes(tally: KeyTally) -> Pairs:
    if not (tally.success or tally.error or tally.cancelled):
        return  # only compensations in this tally
    yield ("success",), tally.success
    yield ("error",), tally.error
    if tally.cancelled:
        yield ("cancelled",), tally.cancelled


def _tokens(tally: KeyTally) -> Pairs:
    return tally.tokens.items()


KEY_COUNTERS: tuple[Metric, ...] = (
    counter(
        "zenmux_requests_total",
        Scope.KEY,
        (*_KEY, "outcome"),
        _outcomes,
        "Requests by outcome: success, error or cancelled.",
    ),
    counter(
        "zenmux_tokens_total",
        Scope.KEY,
        (*_KEY, "direction", "token_type"),
        _tokens,
        "Billed tokens by disjoint type; the sum over token_type is the true total.",
    ),
    counter(
        "zenmux_billed_units_total",
        Scope.KEY,
        (*_KEY, "unit"),
        lambda tally: by_word(tally.units),
        "Billed units that are not tokens: request, image, web_search.",
    ),
    counter(
        "zenmux_cost_usd_total",
        Scope.KEY,
        (*_KEY, "item"),
        lambda tally: by_word(tally.items),
        "Billed cost in US dollars by fee item, gross of discount and payout.",
        places=12,
    ),
    counter(
        "zenmux_discount_usd_total",
        Scope.KEY,
        _KEY,
        lambda tally: single(tally.discount),
        "Discount on billed cost in US dollars.",
        places=12,
    ),
    counter(
        "zenmux_web_search_requests_total",
        Scope.KEY,
        _KEY,
        lambda tally: single(tally.search_requests),
        "Requests that searched the web.",
    ),
    counter(
        "zenmux_web_search_calls_total",
        Scope.KEY,
        _KEY,
        lambda tally: single(tally.search_calls),
        "Web searches made.",
    ),
    counter(
        "zenmux_web_search_tokens_total",
        Scope.KEY,
        (*_KEY, "direction"),
        lambda tally: by_word(tally.search_tokens),
        "Tokens of the requests that searched the web.",
    ),
    counter(
        "zenmux_insurance_compensations_total",
        Scope.KEY,
        (*_KEY, "compensation_type"),
        lambda tally: by_word(tally.compensations),
        "Insurance compensations, counted when the payout was seen.",
    ),
    counter(
        "zenmux_insurance_payout_usd_total",
        Scope.KEY,
        (*_KEY, "compensation_type"),
        lambda tally: by_word(tally.payouts),
        "Insurance payouts in US dollars, counted when the payout was seen.",
        places=12,
    ),
)

MODEL_COUNTERS: tuple[Metric, ...] = (
    counter(
        "zenmux_request_errors_total",
        Scope.MODEL,
        (*_MODEL, "error_type", "responsibility"),
        lambda tally: tally.errors.items(),
        "Failed requests by error type and by who is responsible.",
    ),
    counter(
        "zenmux_finish_reasons_total",
        Scope.MODEL,
        (*_MODEL, "finish_reason"),
        lambda tally: by_word(tally.finish),
        "Requests by normalised finish reason.",
    ),
)

HISTOGRAMS: tuple[Metric, ...] = (
    histogram(
        "zenmux_request_duration_seconds",
        Scope.MODEL,
        _MODEL,
        "duration",
        6,
        lambda tally: tally.duration,
        "Duration of successful requests: time to first token plus generation.",
    ),
    histogram(
        "zenmux_time_to_first_token_seconds",
        Scope.MODEL,
        _MODEL,
        "duration",
        6,
        lambda tally: tally.first_token,
        "Time to first token of successful streamed requests.",
    ),
    histogram(
        "zenmux_generation_duration_seconds",
        Scope.MODEL,
        _MODEL,
        "duration",
        6,
        lambda tally: tally.generation,
        "Generation time of successful requests, from first token to completion.",
    ),
    histogram(
        "zenmux_output_tokens_per_second",
        Scope.MODEL,
        _MODEL,
        "throughput",
        6,
        lambda tally: tally.throughput,
        "Throughput of successful requests in output tokens per second.",
    ),
    histogram(
        "zenmux_insurance_payout_per_request_usd",
        Scope.PAYOUT,
        ("model", "plan", "compensation_type"),
        "payout",
        12,
        lambda tally: tally.payout,
        "Insurance payout per compensated request in US dollars.",
    ),
    histogram(
        "zenmux_insurance_payout_delay_seconds",
        Scope.DELAY,
        ("compensation_type",),
        "payout_delay",
        6,
        lambda tally: tally.delay,
        "Time from request to insurance payout.",
    ),
)

COMPENSATED: tuple[Metric, ...] = (
    gauge(
        "zenmux_compensated_request_payout_usd",
        Scope.STATE,
        _DETAIL,
        "Payout in US dollars of each of the newest compensated requests.",
    ),
    gauge(
        "zenmux_compensated_request_timestamp_seconds",
        Scope.STATE,
        ("generation_id", "compensation_type"),
        "Unix time of the compensated request, exact to the millisecond.",
    ),
    gauge(
        "zenmux_compensated_request_seen_timestamp_seconds",
        Scope.STATE,
        ("generation_id", "compensation_type"),
        "Unix time at which the payout was counted.",
    ),
)

NEWEST: tuple[Metric, ...] = (
    gauge(
        "zenmux_last_request_timestamp_seconds",
        Scope.STATE,
        (),
        "Unix time of the newest request counted.",
    ),
)
