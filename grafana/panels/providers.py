"""Providers: shares, number and latency (the console's Provider tab)."""

from grafana_foundation_sdk.builders import bargauge, piechart, stat, timeseries

from ..builders.charts import bars, donut, lines, ranking
from ..builders.numbers import named_number, number
from ..builders.units import COUNT, EXACT_COUNT, LATENCY
from ..promql import measures
from ..promql.aggregations import largest, smallest
from ..promql.histograms import mean, reliable_mean
from ..promql.measures import REQUESTS, TOKENS, counted
from ..promql.rankings import top
from ..promql.selectors import BY_PROVIDER, INTERVAL, RANGE, increases
from . import requests, tokens


def primary() -> stat.Panel:
    """Return the provider with the most requests."""
    return named_number(
        "Primary Provider",
        "The provider that served the most requests in the range, and how many.",
        largest(f"{counted(BY_PROVIDER, REQUESTS, RANGE, 'provider')} > 0"),
        "{{provider}}",
        COUNT,
        empty=requests.EMPTY,
    )


def count() -> stat.Panel:
    """Return the number of providers."""
    return number(
        "Provider Count",
        "Providers that served at least one request in the range.",
        measures.provider_count(),
        EXACT_COUNT,
        requests.EMPTY,
    ).decimals(0)


def fastest() -> stat.Panel:
    """Return the provider with the shortest mean duration."""
    return named_number(
        "Fastest Response Provider",
        "The provider with the shortest mean request duration in the range, of those with at "
        "least 10 successful requests. Of all API keys.",
        smallest(reliable_mean(measures.DURATION, "provider")),
        "{{provider}}",
        LATENCY,
        empty="No provider has 10 timed requests in this range",
    )


def token_shares() -> piechart.Panel:
    """Return the shares of tokens by provider."""
    return donut(
        "Token Distribution",
        "Tokens in the range by provider: the ten with the most; Other is all the rest.",
        top(increases(BY_PROVIDER, TOKENS), "provider"),
        COUNT,
        empty=tokens.EMPTY,
    )


def request_shares() -> piechart.Panel:
    """Return the shares of requests by provider."""
    return donut(
        "Request Distribution",
        "Requests in the range, of every outcome, by provider: the ten with the most; Other is "
        "all the rest.",
        top(increases(BY_PROVIDER, REQUESTS), "provider"),
        COUNT,
        empty=requests.EMPTY,
    )


def requests_over_time() -> timeseries.Panel:
    """Return requests over time by provider."""
    return bars(
        "Requests by provider",
        "Requests of every outcome by provider. A bar is what was counted from its time to the "
        "next bar's.",
        {"{{provider}}": counted(BY_PROVIDER, REQUESTS, INTERVAL, "provider")},
        COUNT,
        empty=requests.EMPTY,
    )


def latency_over_time() -> timeseries.Panel:
    """Return the mean duration over time by provider."""
    return lines(
        "Latency by provider",
        "Mean duration of the successful requests, from request to last token, in the interval "
        "that begins at each point. Of all API keys.",
        {"{{provider}}": mean(measures.DURATION, INTERVAL, "provider")},
        LATENCY,
        empty="No timed requests in this range",
    )


def latency() -> bargauge.Panel:
    """Return the mean duration by provider."""
    return ranking(
        "Mean latency by provider in the range",
        "Mean duration of the successful requests of each provider. Of all API keys.",
        {"{{provider}}": mean(measures.DURATION, RANGE, "provider")},
        LATENCY,
        empty="No timed requests in this range",
    )
