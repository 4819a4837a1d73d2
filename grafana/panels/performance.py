"""Speed of models: time to first token, latency, throughput (the console's Performance tab)."""

from collections.abc import Callable

from grafana_foundation_sdk.builders import bargauge, heatmap, stat, timeseries

from ..builders.charts import heat_map, lines, ranking
from ..builders.colours import with_colours
from ..builders.numbers import compared_mean, named_number, number
from ..builders.units import LATENCY, TOKENS_PER_SECOND
from ..promql import measures
from ..promql.aggregations import largest, smallest
from ..promql.histograms import count, distribution, mean, mean_by_model, quantile, reliable_mean
from ..promql.rankings import TOP
from ..promql.selectors import INTERVAL, RANGE

EMPTY = "No timed requests in this range"
_TEN = "Of the ten models with the most requests in the range."
_FEW = "No model has 10 timed requests in this range"
_OFTEN = "of the models with at least 10 successful requests in the range"


def average_latency() -> stat.Panel:
    """Return the mean duration."""
    value = mean(measures.DURATION, RANGE)
    panel = number(
        "Average Latency",
        "Mean duration of the successful requests of the range, from request to last token.",
        value,
        LATENCY,
        EMPTY,
    ).decimals(2)
    return compared_mean(panel, value, count(measures.DURATION, RANGE))


def average_first_token() -> stat.Panel:
    """Return the mean time to the first token."""
    value = mean(measures.FIRST_TOKEN, RANGE)
    panel = number(
        "Average First Token Latency",
        "Mean time from request to first token, of the successful streamed requests of the range.",
        value,
        LATENCY,
        "No streamed requests in this range",
    ).decimals(2)
    return compared_mean(panel, value, count(measures.FIRST_TOKEN, RANGE))


def average_throughput() -> stat.Panel:
    """Return the mean throughput."""
    value = mean(measures.THROUGHPUT, RANGE)
    panel = number(
        "Average Throughput",
        "Mean over the successful requests of the range of their output tokens per second: each "
        "request has the same weight.",
        value,
        TOKENS_PER_SECOND,
        EMPTY,
    ).decimals(1)
    return compared_mean(panel, value, count(measures.THROUGHPUT, RANGE))


def fastest() -> stat.Panel:
    """Return the model with the shortest mean duration."""
    return _model("Fastest Model", "The shortest mean duration", smallest, measures.DURATION)


def slowest() -> stat.Panel:
    """Return the model with the longest mean duration."""
    return _model("Slowest Model", "The longest mean duration", largest, measures.DURATION)


def highest_throughput() -> stat.Panel:
    """Return the model with the highest mean throughput."""
    return _model(
        "Highest Throughput Model", "The highest mean throughput", largest, measures.THROUGHPUT
    )


def lowest_throughput() -> stat.Panel:
    """Return the model with the lowest mean throughput."""
    return _model(
        "Lowest Throughput Model", "The lowest mean throughput", smallest, measures.THROUGHPUT
    )


def _model(title: str, what: str, choose: Callable[[str], str], histogram: str) -> stat.Panel:
    unit = TOKENS_PER_SECOND if histogram == measures.THROUGHPUT else LATENCY
    expression = choose(reliable_mean(histogram, "model"))
    return named_number(title, f"{what}, {_OFTEN}.", expression, "{{model}}", unit, empty=_FEW)


def first_token_by_model() -> timeseries.Panel:
    """Return the mean time to the first token over time by model."""
    return lines(
        "First Token Latency by Model",
        "Mean time from request to first token of each model's successful streamed requests, in "
        f"the interval that begins at each point. {_TEN}",
        {"{{model}}": mean_by_model(measures.FIRST_TOKEN)},
        LATENCY,
        empty=EMPTY,
    )


def first_token_models() -> bargauge.Panel:
    """Return the mean time to the first token by model."""
    return ranking(
        "First token latency by model in the range",
        "Mean time from request to first token of the ten slowest models.",
        {"{{model}}": largest(mean(measures.FIRST_TOKEN, RANGE, "model"), TOP)},
        LATENCY,
        empty=EMPTY,
    )


def first_token_quantiles() -> timeseries.Panel:
    """Return quantiles of the time to the first token."""
    return _quantiles(
        "First token latency: quantiles",
        "Half, 95 % and 99 % of the successful streamed requests had their first token within "
        "this time, estimated within the histogram's buckets. Dots are single requests with "
        "their ids, where Prometheus stores exemplars.",
        measures.FIRST_TOKEN,
        LATENCY,
    )


def latency_quantiles() -> timeseries.Panel:
    """Return quantiles of the duration, with single requests as dots."""
    return _quantiles(
        "Latency: quantiles and slowest requests",
        "Half, 95 % and 99 % of the successful requests took no longer than this, estimated "
        "within the histogram's buckets. Dots are single requests with their ids, where "
        "Prometheus stores exemplars: the slowest stand highest.",
        measures.DURATION,
        LATENCY,
    )


def throughput_quantiles() -> timeseries.Panel:
    """Return quantiles of the throughput."""
    panel = lines(
        "Throughput: quantiles",
        "Half of the successful requests were slower than the median, 5 % slower than the lowest "
        "line, estimated within the histogram's buckets.",
        {
            "95 %": quantile(0.95, measures.THROUGHPUT, INTERVAL),
            "median": quantile(0.5, measures.THROUGHPUT, INTERVAL),
            "5 %": quantile(0.05, measures.THROUGHPUT, INTERVAL),
        },
        TOKENS_PER_SECOND,
        empty=EMPTY,
    )
    return with_colours(panel, "95 %", "median", "5 %")


def _quantiles(title: str, description: str, histogram: str, unit: str) -> timeseries.Panel:
    panel = lines(
        title,
        description,
        {
            "99 %": quantile(0.99, histogram, INTERVAL),
            "95 %": quantile(0.95, histogram, INTERVAL),
            "median": quantile(0.5, histogram, INTERVAL),
        },
        unit,
        empty=EMPTY,
        exemplars=True,
    )
    return with_colours(panel, "99 %", "95 %", "median")


def latency_by_model() -> timeseries.Panel:
    """Return the mean duration over time by model."""
    return lines(
        "Latency by model",
        "Mean duration of each model's successful requests, in the interval that begins at each "
        f"point. {_TEN}",
        {"{{model}}": mean_by_model(measures.DURATION)},
        LATENCY,
        empty=EMPTY,
    )


def generation_by_model() -> timeseries.Panel:
    """Return the mean generation time over time by model."""
    return lines(
        "Generation time by model",
        "Mean time from first to last token of each model's successful requests, in the interval "
        f"that begins at each point. {_TEN}",
        {"{{model}}": mean_by_model(measures.GENERATION)},
        LATENCY,
        empty=EMPTY,
    )


def throughput_by_model() -> timeseries.Panel:
    """Return the mean throughput over time by model."""
    return lines(
        "Throughput by Model",
        "Mean output tokens per second of each model's successful requests, in the interval that "
        f"begins at each point. {_TEN}",
        {"{{model}}": mean_by_model(measures.THROUGHPUT)},
        TOKENS_PER_SECOND,
        empty=EMPTY,
    )


def throughput_models() -> bargauge.Panel:
    """Return the mean throughput by model."""
    return ranking(
        "Throughput by model in the range",
        "Mean output tokens per second of the ten fastest models.",
        {"{{model}}": largest(mean(measures.THROUGHPUT, RANGE, "model"), TOP)},
        TOKENS_PER_SECOND,
        empty=EMPTY,
    )


def first_token_distribution() -> heatmap.Panel:
    """Return the distribution of times to the first token over time."""
    return heat_map(
        "First token latency: distribution",
        _distribution("took that long to their first token"),
        distribution(measures.FIRST_TOKEN),
        LATENCY,
        empty=EMPTY,
    )


def throughput_distribution() -> heatmap.Panel:
    """Return the distribution of throughputs over time."""
    return heat_map(
        "Throughput: distribution",
        _distribution("were that fast"),
        distribution(measures.THROUGHPUT),
        TOKENS_PER_SECOND,
        empty=EMPTY,
    )


def _distribution(what: str) -> str:
    return (
        f"How many successful requests {what}; a stronger colour means more. A column is "
        "what was counted in its time, drawn once that is over."
    )
