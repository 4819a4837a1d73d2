"""The account as ZenMux's API reports it: balance, subscription windows, status."""

from grafana_foundation_sdk.builders import bargauge, stat, table, timeseries
from grafana_foundation_sdk.models import common as shapes

from exporter.catalogue.levels import API_KEY

from ..builders.charts import lines, ranking
from ..builders.colours import GREEN, VERMILION
from ..builders.numbers import dollars, named_number, number, state
from ..builders.sdk import setting, transformation
from ..builders.targets import DATASOURCE, table_query
from ..builders.units import COUNT, EXACT_COUNT, EXACT_USD, RATIO, SECONDS, TEXT, USD
from ..promql import account
from ..promql.measures import COST, PAYOUT, counted
from ..promql.selectors import INTERVAL, View

EMPTY = "No answer that is fresh at the range's end: see docs/account.md"
_FRESH = "From the last answer of ZenMux's API; not shown if that is too old."
_BAR = "A bar covers the time from its start to that of the next bar."
_ALL = View(API_KEY)
# Title, unit and query of each column; the labels of the first column are the rows.
_COLUMNS = (
    ("Used", RATIO, account.account("quota_used_ratio", "window")),
    ("Used flows", EXACT_COUNT, account.account("quota_used_flows", "window")),
    ("Flows", EXACT_COUNT, account.account("quota_limit_flows", "window")),
    ("Used value", EXACT_USD, account.account("quota_used_usd", "window")),
    ("Value", EXACT_USD, account.account("quota_limit_usd", "window")),
    ("Resets in", SECONDS, account.seconds_until("quota_reset_timestamp_seconds", "window")),
)


def balance() -> stat.Panel:
    """Return the balance."""
    return dollars(
        "Balance",
        f"Pay-as-you-go credits in US dollars, bought and bonus together. {_FRESH}",
        account.account("balance_usd"),
        EMPTY,
    )


def lasts() -> stat.Panel:
    """Return how long the balance lasts."""
    return number(
        "Balance lasts",
        "Time until the balance is used up, if every day costs as much as the last 24 hours. The "
        "cost is the decrease of the balance; credits bought meanwhile do not reduce it.",
        account.seconds_left(),
        SECONDS,
        "Nothing spent in 24 hours",
    ).decimals(1)


def status() -> stat.Panel:
    """Return the account's state."""
    return named_number(
        "Account status",
        "healthy, or what ZenMux has found: monitored (nothing is restricted), abusive, suspended "
        f"or banned. {_FRESH}",
        account.state(),
        "{{state}}",
        TEXT,
        empty=EMPTY,
    ).text_mode(shapes.BigValueTextMode.NAME)


def flow_rate() -> stat.Panel:
    """Return whether a flow costs more than the plan's base rate."""
    return state(
        "Flow rate",
        "Whether a flow costs more than the plan's base rate: this is so for accounts whose usage "
        f"ZenMux finds unusual. {_FRESH}",
        account.rate_is_raised(),
        {"0": ("As planned", GREEN), "1": ("Raised", VERMILION)},
        EMPTY,
    )


def plan() -> stat.Panel:
    """Return the subscription's plan."""
    return named_number(
        "Plan",
        f"The subscription's plan and the interval in which it is paid. {_FRESH}",
        account.account("plan_info", "tier", "interval"),
        "{{tier}}, paid by the {{interval}}",
        TEXT,
        empty="No subscription known",
    ).text_mode(shapes.BigValueTextMode.NAME)


def plan_price() -> stat.Panel:
    """Return the plan's price."""
    return dollars(
        "Plan's price",
        f"US dollars that the plan costs per interval. {_FRESH}",
        account.account("plan_price_usd"),
        "No subscription known",
    )


def plan_expires() -> stat.Panel:
    """Return when the subscription's period ends."""
    return number(
        "Period ends in",
        f"Time until the subscription's present period ends. {_FRESH}",
        account.seconds_until("plan_expiry_timestamp_seconds"),
        SECONDS,
        "No subscription known",
    ).decimals(1)


def credits_over_time() -> timeseries.Panel:
    """Return the credits over time by kind."""
    return lines(
        "Credits by kind",
        "US dollars bought (top_up) and given (bonus, which is spent first), and both together. "
        "Gaps are times without a fresh answer of ZenMux's API, if they are longer than a bar.",
        {"{{kind}}": account.account("credits_usd", "kind"), "all": account.account("balance_usd")},
        USD,
        empty=EMPTY,
    )


def spent() -> timeseries.Panel:
    """Return the amount spent, next to the cost counted from logs."""
    return lines(
        "Spent, and cost counted from logs",
        "By how much the balance fell, and the cost of pay-as-you-go requests that the exporter "
        "counted. If more was spent, some logs do not reach it. Bills come minutes after "
        f"requests, and logs have cost before discount. {_BAR}",
        {
            "spent of the balance": account.spent(),
            "cost from logs": counted(_ALL, COST, INTERVAL, plan="payg"),
        },
        USD,
        empty=EMPTY,
    )


def bonus() -> timeseries.Panel:
    """Return the bonus credits added, next to the payouts counted from logs."""
    return lines(
        "Bonus credits added, and payouts counted from logs",
        "By how much the bonus credits rose between two answers of ZenMux's API, and the insurance "
        "payouts that the exporter counted: both should move together. Bonus credits are spent "
        "first, and other gifts raise them too, so the two are not equal. "
        f"{_BAR}",
        {
            "bonus credits added": account.bonus_added(),
            "payouts from logs": counted(_ALL, PAYOUT, INTERVAL),
        },
        USD,
        empty=EMPTY,
    )


def windows() -> table.Panel:
    """Return a table of the subscription's windows."""
    lettered = dict(zip("ABCDEF", _COLUMNS, strict=True))
    titles = {"window": "Window"} | {f"Value #{key}": one[0] for key, one in lettered.items()}
    options: dict[str, object] = {
        "excludeByName": {"Time": True},
        "includeByName": {},
        "indexByName": {field: index for index, field in enumerate(titles)},
        "renameByName": titles,
    }
    panel = (
        table.Panel()
        .title("Subscription windows")
        .description(
            "How much of each window is used, in flows and in the US dollars that they are worth, "
            "and when it resets. All windows apply at once. ZenMux does not report the use of the "
            "month. "
            f"{_FRESH}"
        )
        .datasource(DATASOURCE)
        .targets([table_query(one[2], key) for key, one in lettered.items()])
        .with_transformation(transformation("merge", {}))
        .with_transformation(transformation("organize", options))
        .unit(TEXT)
        .no_value(EMPTY)
    )
    for title, unit, _ in _COLUMNS:
        panel.override_by_name(title, [setting("unit", unit), setting("noValue", "-")])
    return panel


def windows_over_time() -> timeseries.Panel:
    """Return the use of the windows over time."""
    return lines(
        "Use of the subscription's windows",
        "Used share of each window. At 100 % requests with subscription keys are refused "
        "until it resets.",
        {"{{window}}": account.account("quota_used_ratio", "window")},
        RATIO,
        empty=EMPTY,
    )


def rates_over_time() -> timeseries.Panel:
    """Return the flow rates over time."""
    return lines(
        "US dollars a flow",
        "The plan's base rate, and the account's effective rate.",
        {"{{rate}}": account.account("flow_rate_usd", "rate")},
        USD,
        empty=EMPTY,
    )


def answers() -> bargauge.Panel:
    """Return the age of the last answers."""
    return ranking(
        "Last answer",
        "Time since the last usable answer of each endpoint of ZenMux's API. Values of the account "
        "are hidden after three missed answers.",
        {"{{endpoint}}": account.answer_age()},
        SECONDS,
        empty="Not polled: see docs/account.md",
    )


def failures() -> bargauge.Panel:
    """Return the failed requests by endpoint and kind."""
    return ranking(
        "Failed requests to ZenMux's API",
        "Requests in the range that failed, by endpoint and kind; docs/account.md explains the "
        "kinds.",
        {"{{endpoint}}: {{kind}}": account.failures()},
        COUNT,
        empty="None failed in this range",
    )


def generations() -> bargauge.Panel:
    """Return the completed generation ids by result."""
    return ranking(
        "Generation ids done",
        "Ids of sources of type generation_ids that were completed in the range: resolved; "
        "unbilled, if no bill came in a quarter of an hour; not_found; failed, if its answer kept "
        "failing; invalid, if a line had no id. Also how often answers or pushed ids could not be "
        "stored.",
        {
            "{{source}}: {{result}}": account.generations("source", "result"),
            "{{source}}: not stored": account.generations_not_stored(),
        },
        COUNT,
        empty="None done in this range",
    )


def generations_open() -> bargauge.Panel:
    """Return the generation ids that are not completed."""
    return ranking(
        "Generation ids open",
        "Ids that were read and are queried again until their bill is there.",
        {"{{source}}": account.generations_open()},
        COUNT,
        empty="No source of generation ids",
    )


def statistics() -> bargauge.Panel:
    """Return the age of the platform's medians."""
    return ranking(
        "Age of the platform's medians",
        "Time since the end of the days that the platform's medians of throughput and first-token "
        "latency (ttft) cover. They are at least a day late.",
        {"{{statistic}}": account.statistics_age()},
        SECONDS,
        empty="Not polled: see docs/account.md",
    )
