"""Tokens over time and ranked: by model, by token type, by API key."""

from grafana_foundation_sdk.builders import bargauge, timeseries

from .. import queries
from ..common import (
    BLUE,
    COUNT,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    YELLOW,
    bars,
    painted,
    ranking,
)

_EMPTY = "No tokens in this range"
_TYPES = {
    "prompt": BLUE,
    "completion": ORANGE,
    "internal_reasoning": VERMILION,
    "input_cache_read": SKY,
    "input_cache_write": GREEN,
    "input_cache_write_5_min": YELLOW,
    "input_cache_write_1_h": PURPLE,
}


def by_model() -> timeseries.Panel:
    """Return tokens over time by model."""
    return bars(
        "Tokens by model",
        "Input and output tokens of each model; a bar is what was counted in its interval.",
        queries.tokens(queries.INTERVAL, "model"),
        "{{model}}",
        COUNT,
        empty=_EMPTY,
    )


def models() -> bargauge.Panel:
    """Return the models with the most tokens."""
    return ranking(
        "Top models by tokens",
        "Tokens of the range for the ten models with the most.",
        queries.top(queries.tokens(queries.RANGE, "model")),
        "{{model}}",
        COUNT,
        empty=_EMPTY,
    )


def by_type() -> timeseries.Panel:
    """Return tokens over time by token type."""
    panel = bars(
        "Tokens by token type",
        "Tokens as ZenMux bills them: types do not overlap, so their sum is the total.",
        queries.tokens(queries.INTERVAL, "token_type"),
        "{{token_type}}",
        COUNT,
        empty=_EMPTY,
    )
    return painted(panel, _TYPES)


def types() -> bargauge.Panel:
    """Return token types, input and output apart."""
    return ranking(
        "Token types",
        "Tokens of the range for each token type, with its direction.",
        queries.top(queries.tokens(queries.RANGE, "direction", "token_type")),
        "{{direction}}: {{token_type}}",
        COUNT,
        empty=_EMPTY,
    )


def api_keys() -> bargauge.Panel:
    """Return the API keys with the most tokens."""
    return ranking(
        "Tokens by API key",
        "Tokens of the range for the ten API keys with the most, under the names configured for "
        "them. Secrets are never shown.",
        queries.top(queries.tokens(queries.RANGE, "api_key")),
        "{{api_key}}",
        COUNT,
        empty=_EMPTY,
    )
