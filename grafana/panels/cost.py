"""Cost: totals, by model, fee item, API key and provider (the console's Cost page)."""

from functools import partial

from grafana_foundation_sdk.builders import bargauge, stat, timeseries

from ..builders import figures
from ..builders.charts import bars, lines, ranking
from ..builders.colours import with_colours
from ..builders.figures import Figure
from ..builders.numbers import dollars
from ..builders.units import RATIO, USD
from ..promql import measures
from ..promql.aggregations import largest
from ..promql.measures import COST, DISCOUNT, counted
from ..promql.rankings import TOP, top, top_bars
from ..promql.selectors import ALL_KEYS, BY_KEY, INTERVAL, RANGE, View, increases

EMPTY = "No cost in this range"


def _total(title: str, description: str, expression: str) -> stat.Panel:
    return dollars(title, description, expression, EMPTY)


def total(view: View) -> Figure:
    """Return the total cost of the range."""
    return figures.dollars(
        "Total Cost",
        "US dollars billed for the requests counted in the range, before discount and payout. "
        "The console leaves subscription usage out, and so does plan `payg`.",
        partial(counted, view, COST),
        EMPTY,
    )


def _part(title: str, description: str, items: str) -> Figure:
    return figures.dollars(title, description, partial(counted, BY_KEY, COST, only=items), EMPTY)


def input_cost() -> Figure:
    """Return the cost of input."""
    return _part(
        "Input Cost",
        "US dollars billed for prompts and for reading and writing caches.",
        measures.INPUT_ITEMS,
    )


def output_cost() -> Figure:
    """Return the cost of output."""
    return _part(
        "Output Cost",
        "US dollars billed for completions, reasoning and audio.",
        measures.OUTPUT_ITEMS,
    )


def other_cost() -> Figure:
    """Return the cost of all other fee items."""
    return _part(
        "Other Cost",
        "US dollars billed for anything else: web search, images, requests, what a bill does not "
        "itemize. The console also takes latency compensation off here; see Net Cost.",
        measures.OTHER_ITEMS,
    )


def per_request() -> stat.Panel:
    """Return the average cost of a request."""
    return _total(
        "Average Cost Per Request",
        "Total Cost divided by all requests in the range, failed ones too.",
        measures.cost_per_request(BY_KEY),
    ).decimals(6)


def per_million() -> stat.Panel:
    """Return the average cost of a million tokens."""
    return _total(
        "Average Cost Per Million Tokens",
        "Total Cost divided by the tokens in the range, times a million.",
        measures.cost_per_million(BY_KEY),
    )


def discount() -> stat.Panel:
    """Return the discount."""
    return dollars(
        "Discount",
        "US dollars of discount on the bills of the range.",
        counted(BY_KEY, DISCOUNT, RANGE),
        "No discount in this range",
    )


def net() -> stat.Panel:
    """Return cost minus discount and payout."""
    return _total(
        "Net Cost",
        "Total Cost less discount and less insurance payouts seen in the range, of every "
        "compensation type.",
        measures.net_cost(BY_KEY),
    )


def by_model(view: View) -> timeseries.Panel:
    """Return cost over time by model."""
    return _bars("Total Cost by Model", "ten models with the highest", "model", view)


def by_key() -> timeseries.Panel:
    """Return cost over time by API key."""
    return _bars("Cost by API Key", "ten API keys with the highest", "api_key", BY_KEY)


def by_provider() -> timeseries.Panel:
    """Return cost over time by provider."""
    which = "ten providers with the highest"
    return _bars("Cost by Provider", which, "provider", ALL_KEYS, " Of all API keys.")


def _bars(title: str, which: str, label: str, view: View, note: str = "") -> timeseries.Panel:
    panel = bars(
        title,
        f"US dollars billed, of the {which} cost in the range; Other is all the rest. "
        f"A bar is what was counted from its time to the next bar's.{note}",
        top_bars(increases(view, COST), label),
        USD,
        empty=EMPTY,
    )
    return with_colours(panel, "Other")


def by_item() -> timeseries.Panel:
    """Return cost over time by fee item."""
    panel = bars(
        "Cost Breakdown by Type",
        "US dollars billed by ZenMux's fee items; `unitemized` is what a bill does not itemize. "
        "A bar is what was counted from its time to the next bar's.",
        {"{{item}}": counted(BY_KEY, COST, INTERVAL, "item")},
        USD,
        empty=EMPTY,
    )
    return with_colours(panel, *measures.TOKEN_TYPES)


def models(view: View) -> bargauge.Panel:
    """Return the most expensive models."""
    return _ranking("Cost by model in the range", "ten models with the highest", "model", view)


def keys() -> bargauge.Panel:
    """Return the most expensive API keys."""
    return _ranking(
        "Cost by API key in the range", "ten API keys with the highest", "api_key", BY_KEY
    )


def providers() -> bargauge.Panel:
    """Return the most expensive providers."""
    which = "ten providers with the highest"
    return _ranking(
        "Cost by provider in the range", which, "provider", ALL_KEYS, " Of all API keys."
    )


def _ranking(title: str, which: str, label: str, view: View, note: str = "") -> bargauge.Panel:
    return ranking(
        title,
        f"US dollars billed, of the {which} cost; Other is all the rest.{note}",
        top(increases(view, COST), label),
        USD,
        empty=EMPTY,
    )


def items() -> bargauge.Panel:
    """Return cost by fee item."""
    return ranking(
        "Cost by fee item in the range",
        "US dollars billed by ZenMux's fee items.",
        {"{{item}}": counted(BY_KEY, COST, RANGE, "item")},
        USD,
        empty=EMPTY,
    )


def per_request_by_model() -> bargauge.Panel:
    """Return the average cost of a request by model."""
    return ranking(
        "Cost per request by model",
        "US dollars billed divided by requests, of the ten most expensive models.",
        {"{{model}}": largest(measures.cost_per_request(BY_KEY, "model"), TOP)},
        USD,
        empty=EMPTY,
    )


def per_million_by_model() -> bargauge.Panel:
    """Return the average cost of a million tokens by model."""
    return ranking(
        "Cost per million tokens by model",
        "US dollars billed divided by tokens, times a million, of the ten most expensive models.",
        {"{{model}}": largest(measures.cost_per_million(BY_KEY, "model"), TOP)},
        USD,
        empty=EMPTY,
    )


def payout_share() -> timeseries.Panel:
    """Return payouts / cost over time."""
    return lines(
        "Payout as a share of cost",
        "Insurance payouts seen in a day divided by the cost counted in it. Payouts come the day "
        "after their requests.",
        {"payout / cost": measures.payout_share(BY_KEY, INTERVAL)},
        RATIO,
        empty="No payout in this range",
    ).interval("1d")
