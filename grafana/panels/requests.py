"""Requests by API key."""

from grafana_foundation_sdk.builders import bargauge

from .. import queries
from ..common import COUNT, ranking


def api_keys() -> bargauge.Panel:
    """Return the API keys with the most requests."""
    return ranking(
        "Requests by API key",
        "Requests of the range, of every outcome, for the ten API keys with the most.",
        queries.top(queries.requests(queries.RANGE, "api_key")),
        "{{api_key}}",
        COUNT,
        empty="No requests in this range",
    )
