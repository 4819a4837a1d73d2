"""The expected values of each panel, by title.

Computed from the console's definitions, independently of the queries.
"""

from collections.abc import Callable

from dashboards.window import Group, Window

Answer = dict[Group, float]
Panel = Callable[[Window], Answer]

REQUESTS, TOKENS, COST = "zenmux_requests_total", "zenmux_tokens_total", "zenmux_cost_usd_total"
PAYOUT = "zenmux_insurance_payout_usd_total"
TIMES = "zenmux_insurance_compensations_total"
ERRORS, FINISHES = "zenmux_request_errors_total", "zenmux_finish_reasons_total"
DISCOUNT = "zenmux_discount_usd_total"
CALLS, SEARCHING = "zenmux_web_search_calls_total", "zenmux_web_search_requests_total"
SEARCH_TOKENS = "zenmux_web_search_tokens_total"
LINES, BAD_LINES = "zenmux_exporter_records_total", "zenmux_exporter_invalid_records_total"
CONFLICTS = "zenmux_exporter_conflicts_total"
DURATION, FIRST = "zenmux_request_duration_seconds", "zenmux_time_to_first_token_seconds"
GENERATION, SPEED = "zenmux_generation_duration_seconds", "zenmux_output_tokens_per_second"
DELAY = "zenmux_insurance_payout_delay_seconds"
SIZE = "zenmux_insurance_payout_per_request_usd"
INPUT = {"prompt", "input_cache_read"}
OUTPUT = {"completion"}
ITEMS = {*INPUT, *OUTPUT, "unitemized"}
BOTH = {"input", "output"}
DECIDED = {"success", "error"}


def one(value: float | None) -> Answer:
    """Return a single number, or no series."""
    return {} if value is None else {(): value}


def total(name: str, **only: set[str]) -> Panel:
    """Expect the total increase of a metric."""
    return lambda w: one(w.total(name, **only))


def split(name: str, *labels: str, **only: set[str]) -> Panel:
    """Expect the increase of a metric by labels."""
    return lambda w: w.by(name, *labels, **only)


def largest(name: str, label: str) -> Panel:
    """Expect the ten largest increases, and Other."""
    return lambda w: w.largest(name, label)


def over(part: Answer, whole: Answer, factor: float = 1.0) -> Answer:
    """Divide by group; omit groups with a divisor of 0."""
    return {g: part[g] / whole[g] * factor for g in part if whole.get(g, 0) > 0}


def means(name: str, *labels: str) -> Panel:
    """Expect the means of a histogram."""
    return lambda w: over(w.by(f"{name}_sum", *labels), w.by(f"{name}_count", *labels))


def rate(*labels: str) -> Panel:
    """Expect the success rate."""
    return lambda w: over(
        w.by(REQUESTS, *labels, outcome={"success"}), w.by(REQUESTS, *labels, outcome=DECIDED)
    )


def of_busiest(name: str) -> Panel:
    """Expect the means of the ten models with the most requests in the whole range."""

    def panel(w: Window) -> Answer:
        busiest = (w.whole or w).largest(REQUESTS, "model")
        return {group: v for group, v in means(name, "model")(w).items() if group in busiest}

    return panel


def often(part: Panel, whole: Panel, number: int) -> Panel:
    """Expect values only if there are at least `number` requests."""
    return lambda w: {g: v for g, v in part(w).items() if whole(w)[g] >= number}


def winner(name: str, label: str, choose: Callable[..., Group]) -> Panel:
    """Expect the extreme of all means of at least ten observations."""

    def panel(w: Window) -> Answer:
        seen = w.by(f"{name}_count", label)
        often = {g: v for g, v in means(name, label)(w).items() if seen[g] >= 10}
        best = choose(often, key=lambda g: often[g]) if often else None
        return {} if best is None else {best: often[best]}

    return panel


def primary(w: Window) -> Answer:
    """Return the provider with the most requests."""
    served = {g: v for g, v in w.by(REQUESTS, "provider").items() if v > 0}
    return dict(sorted(served.items(), key=lambda g: -g[1])[:1])


def provider_count(w: Window) -> Answer:
    """Return the number of providers with requests."""
    return one(sum(v > 0 for v in w.by(REQUESTS, "provider").values()) or None)


def net(w: Window) -> Answer:
    """Return cost minus discount and payouts of all types; negative if there are only those."""
    return one(w.count(COST) - w.count(DISCOUNT) - w.count(PAYOUT))


def cost_of(items: set[str]) -> Panel:
    """Expect the cost of some items; 0 if only others were billed."""
    return lambda w: {} if w.total(COST) is None else one(w.count(COST, item=items))


def quantile(share: float, name: str) -> Panel:
    """Expect a quantile, interpolated linearly within its bucket."""

    def panel(w: Window) -> Answer:
        levels = sorted((float(le), n) for (le,), n in w.by(f"{name}_bucket", "le").items())
        if not levels or not levels[-1][1]:
            return {}
        rank, lower, below = share * levels[-1][1], 0.0, 0.0
        for bound, seen in levels:
            if seen >= rank:
                if bound == float("inf"):
                    return one(lower)
                return one(lower + (bound - lower) * (rank - below) / (seen - below))
            lower, below = bound, seen
        raise AssertionError("a rank is in some bucket")

    return panel


def top_ten(part: Panel) -> Panel:
    """Expect the ten largest values."""
    return lambda w: dict(sorted(part(w).items(), key=lambda g: -g[1])[:10])


def per_model(whole: str, factor: float) -> Panel:
    """Expect cost divided by a metric, by model."""
    return top_ten(lambda w: over(w.by(COST, "model"), w.by(whole, "model"), factor))


def ratio(part: str, whole: str, factor: float = 1.0) -> Panel:
    """Expect one total divided by another."""
    return lambda w: over(w.by(part), w.by(whole), factor)


PANELS: dict[str, Panel] = {
    "Rejected lines": lambda w: one(w.count(BAD_LINES)),
    "Total API Requests": total(REQUESTS),
    "Total Token Usage": total(TOKENS, direction=BOTH),
    "Input Token Usage": total(TOKENS, direction={"input"}),
    "Output Token Usage": total(TOKENS, direction={"output"}),
    "Average Success Rate": rate(),
    "Requests by outcome": split(REQUESTS, "outcome"),
    "Input and output tokens": split(TOKENS, "direction"),
    "Success rate by provider": often(
        rate("provider"), split(REQUESTS, "provider", outcome=DECIDED), 10
    ),
    "Success rate by provider in the range": rate("provider"),
    "Usage by Model": largest(TOKENS, "model"),
    "Tokens by model": largest(TOKENS, "model"),
    "Requests by model": largest(REQUESTS, "model"),
    "Usage by Token Type": split(TOKENS, "token_type"),
    "Token types": split(TOKENS, "direction", "token_type"),
    "Usage by API Key": largest(TOKENS, "api_key"),
    "Tokens by API key": largest(TOKENS, "api_key"),
    "Requests by API key": largest(REQUESTS, "api_key"),
    "Web Search Tokens": total(SEARCH_TOKENS),
    "Web Search Calls": total(CALLS),
    "Requests with Web Search": total(SEARCHING),
    "Web search tokens by model": largest(SEARCH_TOKENS, "model"),
    "Web search calls by model": largest(CALLS, "model"),
    "Billed units other than tokens": split("zenmux_billed_units_total", "unit"),
    "Primary Provider": primary,
    "Provider Count": provider_count,
    "Fastest Response Provider": winner(DURATION, "provider", min),
    "Token Distribution": largest(TOKENS, "provider"),
    "Request Distribution": largest(REQUESTS, "provider"),
    "Requests by provider": split(REQUESTS, "provider"),
    "Errors by responsibility": split(ERRORS, "responsibility"),
    "Error types": largest(ERRORS, "error_type"),
    "Finish reasons": split(FINISHES, "finish_reason"),
    "Latency by provider": means(DURATION, "provider"),
    "Mean latency by provider in the range": means(DURATION, "provider"),
    "Average Latency": means(DURATION),
    "Average First Token Latency": means(FIRST),
    "Average Throughput": means(SPEED),
    "Fastest Model": winner(DURATION, "model", min),
    "Slowest Model": winner(DURATION, "model", max),
    "Highest Throughput Model": winner(SPEED, "model", max),
    "Lowest Throughput Model": winner(SPEED, "model", min),
    "First Token Latency by Model": of_busiest(FIRST),
    "First token latency by model in the range": top_ten(means(FIRST, "model")),
    "Throughput by Model": of_busiest(SPEED),
    "Throughput by model in the range": top_ten(means(SPEED, "model")),
    "Latency by model": of_busiest(DURATION),
    "Generation time by model": of_busiest(GENERATION),
    "First token latency: distribution": split(f"{FIRST}_bucket", "le"),
    "Throughput: distribution": split(f"{SPEED}_bucket", "le"),
    "First token latency: quantiles/99 %": quantile(0.99, FIRST),
    "First token latency: quantiles/95 %": quantile(0.95, FIRST),
    "First token latency: quantiles/median": quantile(0.5, FIRST),
    "Latency: quantiles and slowest requests/99 %": quantile(0.99, DURATION),
    "Latency: quantiles and slowest requests/95 %": quantile(0.95, DURATION),
    "Latency: quantiles and slowest requests/median": quantile(0.5, DURATION),
    "Throughput: quantiles/95 %": quantile(0.95, SPEED),
    "Throughput: quantiles/median": quantile(0.5, SPEED),
    "Throughput: quantiles/5 %": quantile(0.05, SPEED),
    "Total Cost": total(COST),
    "Input Cost": cost_of(INPUT),
    "Output Cost": cost_of(OUTPUT),
    "Other Cost": cost_of(ITEMS - INPUT - OUTPUT),
    "Average Cost Per Request": ratio(COST, REQUESTS),
    "Average Cost Per Million Tokens": ratio(COST, TOKENS, 1e6),
    "Discount": total(DISCOUNT),
    "Net Cost": net,
    "Total Cost by Model": largest(COST, "model"),
    "Cost by API Key": largest(COST, "api_key"),
    "Cost by Provider": largest(COST, "provider"),
    "Cost Breakdown by Type": split(COST, "item"),
    "Cost by model in the range": largest(COST, "model"),
    "Cost by API key in the range": largest(COST, "api_key"),
    "Cost by provider in the range": largest(COST, "provider"),
    "Cost by fee item in the range": split(COST, "item"),
    "Cost per request by model": per_model(REQUESTS, 1.0),
    "Cost per million tokens by model": per_model(TOKENS, 1e6),
    "Payout as a share of cost": ratio(PAYOUT, COST),
    "Total Compensation": total(PAYOUT),
    "Compensation Count": total(TIMES),
    "Average Per Compensation": ratio(PAYOUT, TIMES),
    "Average Compensation / Day": lambda w: {g: n / w.days for g, n in total(TIMES)(w).items()},
    "Payout / Cost": ratio(PAYOUT, COST),
    "Compensated / Requests": ratio(TIMES, REQUESTS),
    "Credits by Compensation Type": split(PAYOUT, "compensation_type"),
    "Credits by Compensation Model": largest(PAYOUT, "model"),
    "Credits by model in the range": largest(PAYOUT, "model"),
    "Times by Compensation Type": split(TIMES, "compensation_type"),
    "Times by Compensation Model": largest(TIMES, "model"),
    "Times by model in the range": largest(TIMES, "model"),
    "Median Payout Delay": quantile(0.5, DELAY),
    "Average Payout Delay": means(DELAY),
    "Payout delay: distribution": split(f"{DELAY}_bucket", "le"),
    "Payout per request: distribution": split(f"{SIZE}_bucket", "le"),
    "Lines by result": split(LINES, "result"),
    "Lines by source": split(LINES, "source"),
    "Why lines were rejected": split(BAD_LINES, "reason"),
    "Contradictions by field": split(CONFLICTS, "field"),
    "Rejected share": lambda w: over(w.by(LINES, result={"invalid"}), w.by(LINES)),
}
