"""Cases of alerts on speed: a sample every 20 minutes."""

from .promtool import Case, ramp

AT = '{job="zenmux",instance="10.0.0.1:10464",model="openai/o4-mini",provider="azure",plan="payg"}'
COUNT = f"zenmux_time_to_first_token_seconds_count{AT}"
SECONDS = f"zenmux_time_to_first_token_seconds_sum{AT}"
SPEEDS = f"zenmux_output_tokens_per_second_count{AT}"
SPEED = f"zenmux_output_tokens_per_second_sum{AT}"
WEEK = 7 * 72
LINK = "zenmux-performance?from=now-8d&to=now&var-job=zenmux&var-model=openai%2Fo4-mini"
LABELS = {"severity": "warning", "job": "zenmux", "model": "openai/o4-mini"}


def means(count: str, total: str, usual: float, now: float, per_hour: float) -> dict[str, str]:
    """Return sum and count of a mean that changes for four hours after a week."""
    each = per_hour / 3
    return {
        count: ramp((WEEK + 40, each)),
        total: ramp((WEEK, usual * each), (12, now * each), (28, usual * each)),
    }


def latency(usual: float, now: float, per_hour: float = 60) -> dict[str, str]:
    """Return times to the first token."""
    return means(COUNT, SECONDS, usual, now, per_hour)


def throughput(usual: float, now: float, per_hour: float = 60) -> dict[str, str]:
    """Return throughputs."""
    return means(SPEEDS, SPEED, usual, now, per_hour)


CASES = [
    Case(
        "ZenMuxFirstTokenSlower",
        latency(2, 4.1),
        WEEK + 10,
        "The first token of openai/o4-mini (job zenmux) took 4.10 s on average in the last "
        "hour, more than 2 times as long as at this hour a week ago. See on the dashboard "
        "whether one provider is slow or longer prompts are the cause; prefer a faster "
        "provider.",
        LINK,
        LABELS,
        below=latency(2, 3.9),
        thin=latency(2, 4.1, 48),
        also={
            "a small difference": latency(0.3, 1.2),
            "history": {COUNT: f"_x{WEEK} {ramp((20, 20))}"},
        },
        resolved=WEEK + 20,
        step=20,
        every=2,
    ),
    Case(
        "ZenMuxThroughputLower",
        throughput(50, 24.9),
        WEEK + 10,
        "openai/o4-mini (job zenmux) wrote 24.9 tokens/s on average in the last hour, less "
        "than 50% of this hour a week ago. See on the dashboard which provider serves it now,"
        " and prefer a faster one.",
        LINK,
        LABELS,
        below=throughput(50, 25.1),
        thin=throughput(50, 24.9, 48),
        also={"history": {SPEEDS: f"_x{WEEK} {ramp((20, 20))}"}},
        resolved=WEEK + 20,
        step=20,
        every=2,
    ),
]
