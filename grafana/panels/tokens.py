"""Tokens: totals, by model, token type and API key."""

from functools import partial

from grafana_foundation_sdk.builders import bargauge, timeseries

from ..builders import figures
from ..builders.charts import bars, ranking
from ..builders.colours import with_colours
from ..builders.figures import Figure
from ..builders.units import COUNT
from ..promql.measures import INPUT_AND_OUTPUT, TOKEN_TYPES, TOKENS, UNITS, counted
from ..promql.rankings import top, top_bars
from ..promql.selectors import BY_KEY, BY_PROVIDER, INTERVAL, RANGE, View, increases

EMPTY = "No tokens in this range"


def total(view: View) -> Figure:
    """Return the input and output tokens of the range."""
    return figures.count(
        "Total Token Usage",
        "Input and output tokens of all selected models in the range, each token once. "
        "The console leaves subscription usage out, and so does plan `payg`.",
        partial(counted, view, TOKENS, only=INPUT_AND_OUTPUT),
        EMPTY,
    )


def input_total() -> Figure:
    """Return the input tokens of the range."""
    return figures.count(
        "Input Token Usage",
        "Prompt tokens in the range, with those read from and written to a cache.",
        partial(counted, BY_KEY, TOKENS, direction="input"),
        "No input tokens in this range",
    )


def output_total() -> Figure:
    """Return the output tokens of the range."""
    return figures.count(
        "Output Token Usage",
        "Completion tokens in the range, with reasoning and audio.",
        partial(counted, BY_KEY, TOKENS, direction="output"),
        "No output tokens in this range",
    )


def by_model() -> timeseries.Panel:
    """Return tokens over time by model."""
    return with_colours(
        bars(
            "Usage by Model",
            "Tokens of the ten models with the most in the range; Other is all the rest. "
            "A bar is what was counted from its time to the next bar's.",
            top_bars(increases(BY_KEY, TOKENS), "model"),
            COUNT,
            empty=EMPTY,
        ),
        "Other",
    )


def models() -> bargauge.Panel:
    """Return the models with the most tokens."""
    return ranking(
        "Tokens by model",
        "Tokens in the range of the ten models with the most; Other is all the rest.",
        top(increases(BY_KEY, TOKENS), "model"),
        COUNT,
        empty=EMPTY,
    )


def by_type() -> timeseries.Panel:
    """Return tokens over time by token type."""
    return with_colours(
        bars(
            "Usage by Token Type",
            "Tokens as ZenMux bills them: types do not overlap, so that they add up to the total. "
            "A bar is what was counted from its time to the next bar's.",
            {"{{token_type}}": counted(BY_KEY, TOKENS, INTERVAL, "token_type")},
            COUNT,
            empty=EMPTY,
        ),
        *TOKEN_TYPES,
    )


def by_direction() -> timeseries.Panel:
    """Return input and output tokens over time."""
    panel = bars(
        "Input and output tokens",
        "Input: prompt and cache. Output: completion, reasoning, audio. A bar is what was counted "
        "from its time to the next bar's.",
        {"{{direction}}": counted(BY_PROVIDER, TOKENS, INTERVAL, "direction")},
        COUNT,
        empty=EMPTY,
    )
    return with_colours(panel, "input", "output")


def types() -> bargauge.Panel:
    """Return tokens by direction and token type."""
    return ranking(
        "Token types",
        "Tokens of each token type in the range, with its direction.",
        {
            "{{direction}}: {{token_type}}": counted(
                BY_KEY, TOKENS, RANGE, "direction", "token_type"
            )
        },
        COUNT,
        empty=EMPTY,
    )


def by_key() -> timeseries.Panel:
    """Return tokens over time by API key."""
    return with_colours(
        bars(
            "Usage by API Key",
            "Tokens of the ten API keys with the most in the range; Other is all the rest. "
            "A bar is what was counted from its time to the next bar's.",
            top_bars(increases(BY_KEY, TOKENS), "api_key"),
            COUNT,
            empty=EMPTY,
        ),
        "Other",
    )


def keys() -> bargauge.Panel:
    """Return the API keys with the most tokens."""
    return ranking(
        "Tokens by API key",
        "Tokens in the range of the ten API keys with the most, under the names configured for "
        "them; Other is all the rest. Secrets are never shown.",
        top(increases(BY_KEY, TOKENS), "api_key"),
        COUNT,
        empty=EMPTY,
    )


def units() -> timeseries.Panel:
    """Return billed units other than tokens over time."""
    return bars(
        "Billed units other than tokens",
        "Images, web searches and requests that were billed by number. A bar is what was counted "
        "from its time to the next bar's.",
        {"{{unit}}": counted(BY_KEY, UNITS, INTERVAL, "unit")},
        COUNT,
        empty="Nothing was billed by number in this range",
    )
