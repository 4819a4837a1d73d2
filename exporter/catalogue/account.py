"""The metrics of the account and of the platform, from ZenMux's own API."""

from .metric import Kind, Metric, Scope, gauge

_USD = 12
_MILLI = 3
_MICRO = 6
_WINDOW = ("window",)
_MODEL = ("model", "provider")

BALANCE = gauge(
    "zenmux_account_balance_usd",
    Scope.ACCOUNT,
    (),
    "Pay-as-you-go balance in US dollars.",
    _USD,
)

CREDITS = gauge(
    "zenmux_account_credits_usd",
    Scope.ACCOUNT,
    ("kind",),
    "Pay-as-you-go credits in US dollars by kind: top_up or bonus.",
    _USD,
)

QUOTA_USED_RATIO = gauge(
    "zenmux_account_quota_used_ratio",
    Scope.ACCOUNT,
    _WINDOW,
    "Used share of a subscription window: 5h or 7d.",
    _MICRO,
)

QUOTA_USED_FLOWS = gauge(
    "zenmux_account_quota_used_flows",
    Scope.ACCOUNT,
    _WINDOW,
    "Flows used in a subscription window: 5h or 7d.",
    _MICRO,
)

QUOTA_LIMIT_FLOWS = gauge(
    "zenmux_account_quota_limit_flows",
    Scope.ACCOUNT,
    _WINDOW,
    "Limit of flows in a subscription window: 5h, 7d or month.",
    _MICRO,
)

QUOTA_USED_USD = gauge(
    "zenmux_account_quota_used_usd",
    Scope.ACCOUNT,
    _WINDOW,
    "Value in US dollars of the flows used in a subscription window: 5h or 7d.",
    _USD,
)

QUOTA_LIMIT_USD = gauge(
    "zenmux_account_quota_limit_usd",
    Scope.ACCOUNT,
    _WINDOW,
    "Value in US dollars of all flows in a subscription window: 5h, 7d or month.",
    _USD,
)

QUOTA_RESET = gauge(
    "zenmux_account_quota_reset_timestamp_seconds",
    Scope.ACCOUNT,
    _WINDOW,
    "Unix time at which a subscription window resets: 5h or 7d.",
    _MILLI,
)

PLAN = gauge(
    "zenmux_account_plan_info",
    Scope.ACCOUNT,
    ("tier", "interval"),
    "The subscription's plan; always 1.",
)

PLAN_PRICE = gauge(
    "zenmux_account_plan_price_usd",
    Scope.ACCOUNT,
    (),
    "Price of the subscription's plan in US dollars per interval.",
    _USD,
)

PLAN_EXPIRY = gauge(
    "zenmux_account_plan_expiry_timestamp_seconds",
    Scope.ACCOUNT,
    (),
    "Unix time at which the subscription's period ends.",
    _MILLI,
)

FLOW_RATE = gauge(
    "zenmux_account_flow_rate_usd",
    Scope.ACCOUNT,
    ("rate",),
    "US dollars per flow: base, and effective, which is higher for a flagged account.",
    _USD,
)

STATUS = gauge(
    "zenmux_account_status",
    Scope.ACCOUNT,
    ("state",),
    "1 for the account's state, else 0: healthy, monitored, abusive, suspended or banned.",
)

PLATFORM_THROUGHPUT = gauge(
    "zenmux_platform_median_output_tokens_per_second",
    Scope.ACCOUNT,
    _MODEL,
    "Median throughput over all ZenMux users, for the ten fastest models, a day late.",
    _MICRO,
)

PLATFORM_FIRST_TOKEN = gauge(
    "zenmux_platform_median_time_to_first_token_seconds",
    Scope.ACCOUNT,
    _MODEL,
    "Median time to first token over all ZenMux users, for the ten fastest models, a day late.",
    _MICRO,
)

PLATFORM_END = gauge(
    "zenmux_platform_statistics_end_timestamp_seconds",
    Scope.ACCOUNT,
    ("statistic",),
    "Unix time at which the days of the platform's medians end.",
    _MILLI,
)

API_SUCCESS = gauge(
    "zenmux_exporter_api_last_success_timestamp_seconds",
    Scope.ACCOUNT,
    ("endpoint",),
    "Unix time of the last usable answer of ZenMux's API, 0 before the first.",
    _MILLI,
)

API_ERRORS = Metric(
    "zenmux_exporter_api_errors_total",
    "Failed requests to ZenMux's API by kind.",
    Kind.COUNTER,
    Scope.ACCOUNT,
    ("endpoint", "kind"),
)

GENERATIONS = Metric(
    "zenmux_exporter_generations_total",
    "Generation ids by result: resolved, unbilled, not_found, failed or invalid.",
    Kind.COUNTER,
    Scope.ACCOUNT,
    ("source", "result"),
)

GENERATIONS_STORE_FAILURES = Metric(
    "zenmux_exporter_generations_store_failures_total",
    "Failed attempts to store pushed ids or answers for ids.",
    Kind.COUNTER,
    Scope.ACCOUNT,
    ("source",),
)

GENERATIONS_OPEN = gauge(
    "zenmux_exporter_generations_open",
    Scope.ACCOUNT,
    ("source",),
    "Generation ids that are not done: requested again until their bill is there.",
)

ACCOUNT: tuple[Metric, ...] = (
    BALANCE,
    CREDITS,
    QUOTA_USED_RATIO,
    QUOTA_USED_FLOWS,
    QUOTA_LIMIT_FLOWS,
    QUOTA_USED_USD,
    QUOTA_LIMIT_USD,
    QUOTA_RESET,
    PLAN,
    PLAN_PRICE,
    PLAN_EXPIRY,
    FLOW_RATE,
    STATUS,
    PLATFORM_THROUGHPUT,
    PLATFORM_FIRST_TOKEN,
    PLATFORM_END,
    API_SUCCESS,
    API_ERRORS,
    GENERATIONS,
    GENERATIONS_OPEN,
    GENERATIONS_STORE_FAILURES,
)
