"""The console's Provider tab: who serves, how much, and how fast."""

from grafana_foundation_sdk.builders import bargauge, piechart, stat, timeseries

from .. import measures
from ..common import COUNT, SECONDS, WHOLE
from ..kinds import bars, donut, lines, number, ranking, winner
from ..queries import INTERVAL, RANGE, first_of, last_of, top, usual_mean
from . import calls, tokens


def primary() -> stat.Panel:
    """Return the provider with the most requests."""
    return winner(
        "Primary Provider",
        "The provider that served the most requests in the range, and how many.",
        first_of(f"{measures.requests(RANGE, 'provider')} > 0"),
        "{{provider}}",
        COUNT,
        empty=calls.EMPTY,
    )


def count() -> stat.Panel:
    """Return how many providers there were."""
    return number(
        "Provider Count",
        "Providers that served at least one request in the range.",
        measures.providers(),
        WHOLE,
        calls.EMPTY,
    ).decimals(0)


def fastest() -> stat.Panel:
    """Return the provider with the shortest mean duration."""
    return winner(
        "Fastest Response Provider",
        "The provider with the shortest mean request duration in the range, of those with at "
        "least 10 successful requests. Of all API keys.",
        last_of(usual_mean(measures.DURATION, "provider")),
        "{{provider}}",
        SECONDS,
        empty="No provider has 10 timed requests in this range",
    )


def token_shares() -> piechart.Panel:
    """Return tokens by provider."""
    return donut(
        "Token Distribution",
        "Tokens in the range by provider: the ten with the most; Other is all the rest.",
        top(measures.tokens(RANGE, "provider"), "provider"),
        "{{provider}}",
        COUNT,
        empty=tokens.EMPTY,
    )


def request_shares() -> piechart.Panel:
    """Return requests by provider."""
    return donut(
        "Request Distribution",
        "Requests in the range, of every outcome, by provider: the ten with the most; Other is "
        "all the rest.",
        top(measures.requests(RANGE, "provider"), "provider"),
        "{{provider}}",
        COUNT,
        empty=calls.EMPTY,
    )


def requests_over_time() -> timeseries.Panel:
    """Return requests over time by provider."""
    return bars(
        "Requests by provider",
        "Requests of every outcome by provider. A bar is what was counted from its time to the "
        "next bar's.",
        measures.requests(INTERVAL, "provider"),
        "{{provider}}",
        COUNT,
        empty=calls.EMPTY,
    )


def latency_over_time() -> timeseries.Panel:
    """Return the mean duration over time by provider."""
    return lines(
        "Latency by provider",
        "Mean duration of the successful requests, from request to last token, in the interval "
        "that begins at each point. Of all API keys.",
        {"{{provider}}": measures.latency(INTERVAL, "provider")},
        SECONDS,
        empty="No timed requests in this range",
    )


def latency() -> bargauge.Panel:
    """Return the mean duration by provider."""
    return ranking(
        "Mean latency by provider in the range",
        "Mean duration of the successful requests of each provider. Of all API keys.",
        measures.latency(RANGE, "provider"),
        "{{provider}}",
        SECONDS,
        empty="No timed requests in this range",
    )
