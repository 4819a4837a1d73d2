"""The metrics of requests: counts, tokens, cost, speed and insurance."""

from .metric import Metric, Scope, counter, gauge, histogram

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

REQUESTS = counter(
    "zenmux_requests_total",
    Scope.REQUESTS,
    (*_KEY, "outcome"),
    "Requests by outcome: success, error or cancelled.",
)

TOKENS = counter(
    "zenmux_tokens_total",
    Scope.REQUESTS,
    (*_KEY, "direction", "token_type"),
    "Billed tokens by disjoint type; the sum over token_type is the true total.",
    places=6,
)

BILLED_UNITS = counter(
    "zenmux_billed_units_total",
    Scope.REQUESTS,
    (*_KEY, "unit"),
    "Billed units that are not tokens: request, image, web_search, second.",
    places=6,
)

COST = counter(
    "zenmux_cost_usd_total",
    Scope.REQUESTS,
    (*_KEY, "item"),
    "Billed cost in US dollars by fee item, gross of discount and payout.",
    places=12,
)

DISCOUNT = counter(
    "zenmux_discount_usd_total",
    Scope.REQUESTS,
    _KEY,
    "Discount on billed cost in US dollars.",
    places=12,
)

WEB_SEARCH_REQUESTS = counter(
    "zenmux_web_search_requests_total",
    Scope.REQUESTS,
    _KEY,
    "Requests that searched the web.",
)

WEB_SEARCH_CALLS = counter(
    "zenmux_web_search_calls_total",
    Scope.REQUESTS,
    _KEY,
    "Web searches made.",
    places=6,
)

WEB_SEARCH_TOKENS = counter(
    "zenmux_web_search_tokens_total",
    Scope.REQUESTS,
    (*_KEY, "direction"),
    "Tokens of the requests that searched the web.",
    places=6,
)

COMPENSATIONS = counter(
    "zenmux_insurance_compensations_total",
    Scope.REQUESTS,
    (*_KEY, "compensation_type"),
    "Insurance compensations, counted when the payout was seen.",
)

PAYOUT = counter(
    "zenmux_insurance_payout_usd_total",
    Scope.REQUESTS,
    (*_KEY, "compensation_type"),
    "Insurance payouts in US dollars, counted when the payout was seen.",
    places=12,
)

REQUEST_ERRORS = counter(
    "zenmux_request_errors_total",
    Scope.REQUESTS,
    (*_MODEL, "error_type", "responsibility"),
    "Failed requests by error type and by who is responsible.",
)

FINISH_REASONS = counter(
    "zenmux_finish_reasons_total",
    Scope.REQUESTS,
    (*_MODEL, "finish_reason"),
    "Requests by normalised finish reason.",
)

COUNTERS: tuple[Metric, ...] = (
    REQUESTS,
    TOKENS,
    BILLED_UNITS,
    COST,
    DISCOUNT,
    WEB_SEARCH_REQUESTS,
    WEB_SEARCH_CALLS,
    WEB_SEARCH_TOKENS,
    COMPENSATIONS,
    PAYOUT,
    REQUEST_ERRORS,
    FINISH_REASONS,
)

REQUEST_DURATION = histogram(
    "zenmux_request_duration_seconds",
    Scope.REQUESTS,
    _MODEL,
    "duration",
    6,
    "Duration of successful requests: time to first token plus generation.",
)

TIME_TO_FIRST_TOKEN = histogram(
    "zenmux_time_to_first_token_seconds",
    Scope.REQUESTS,
    _MODEL,
    "duration",
    6,
    "Time to first token of successful streamed requests.",
)

GENERATION_DURATION = histogram(
    "zenmux_generation_duration_seconds",
    Scope.REQUESTS,
    _MODEL,
    "duration",
    6,
    "Generation time of successful requests, from first token to completion.",
)

THROUGHPUT = histogram(
    "zenmux_output_tokens_per_second",
    Scope.REQUESTS,
    _MODEL,
    "throughput",
    6,
    "Throughput of successful requests in output tokens per second.",
)

PAYOUT_PER_REQUEST = histogram(
    "zenmux_insurance_payout_per_request_usd",
    Scope.REQUESTS,
    ("model", "plan", "compensation_type"),
    "payout",
    12,
    "Insurance payout per compensated request in US dollars.",
)

PAYOUT_DELAY = histogram(
    "zenmux_insurance_payout_delay_seconds",
    Scope.REQUESTS,
    ("compensation_type",),
    "payout_delay",
    6,
    "Time from request to insurance payout.",
)

HISTOGRAMS: tuple[Metric, ...] = (
    REQUEST_DURATION,
    TIME_TO_FIRST_TOKEN,
    GENERATION_DURATION,
    THROUGHPUT,
    PAYOUT_PER_REQUEST,
    PAYOUT_DELAY,
)

COMPENSATED_PAYOUT = gauge(
    "zenmux_compensated_request_payout_usd",
    Scope.STATE,
    _DETAIL,
    "Payout in US dollars of each of the newest compensated requests.",
)

COMPENSATED_TIME = gauge(
    "zenmux_compensated_request_timestamp_seconds",
    Scope.STATE,
    ("generation_id", "compensation_type"),
    "Unix time of the compensated request, exact to the millisecond.",
)

COMPENSATED_SEEN = gauge(
    "zenmux_compensated_request_seen_timestamp_seconds",
    Scope.STATE,
    ("generation_id", "compensation_type"),
    "Unix time at which the payout was counted.",
)

COMPENSATED: tuple[Metric, ...] = (
    COMPENSATED_PAYOUT,
    COMPENSATED_TIME,
    COMPENSATED_SEEN,
)

LAST_REQUEST = gauge(
    "zenmux_last_request_timestamp_seconds",
    Scope.STATE,
    (),
    "Unix time of the newest request counted.",
)

NEWEST: tuple[Metric, ...] = (LAST_REQUEST,)
