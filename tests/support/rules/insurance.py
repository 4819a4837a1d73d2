"""Cases of insurance alerts: a sample every 20 minutes."""

from .promtool import Case, ramp

AT = 'job="zenmux",instance="10.0.0.1:10464"'
MODEL = f'{AT},model="x-ai/grok-4",provider="x-ai"'
ANY = 'model="m",provider="p",plan="payg",api_key="k"'
REQUESTS = f'zenmux_requests_total{{{AT},{ANY},outcome="success"}}'
PAID = f'{MODEL},plan="payg",api_key="k",compensation_type="high_latency"'
PAYOUT = f"zenmux_insurance_payout_usd_total{{{PAID}}}"
SUBSCRIBED = PAYOUT.replace("payg", "subscription")
COMPENSATIONS = f"zenmux_insurance_compensations_total{{{PAID}}}"
COST = f'zenmux_cost_usd_total{{{MODEL},plan="payg",api_key="k",item="prompt"}}'
TOKENS = f'zenmux_time_to_first_token_seconds_count{{{MODEL},plan="payg"}}'
WITHIN = f'zenmux_time_to_first_token_seconds_bucket{{{MODEL},plan="payg",le="13.0"}}'
DAY = 72
STEADY = ramp((12 * DAY, 10))
# A job without enough history to compare with.
YOUNG = f"_x{2 * DAY} {STEADY}"
# No samples for three days, so it is unknown when series started.
OUTAGE = f"0+10x{5 * DAY} _x{3 * DAY} 1e6+10x{2 * DAY}"
# The exporter was down until a day ago, and counts what it missed today.
AWAY = ramp((6 * DAY + 50, 10), (48, -1), (6 * DAY, 10))
LINK = "zenmux-insurance?from=now-30d&to=now&var-job=zenmux"
WEEK = "zenmux-insurance?from=now-7d&to=now&var-job=zenmux"
GROK = {"job": "zenmux", "model": "x-ai/grok-4"}


def batch(usual: float, extra: float) -> str:
    """Return a payout per day, with an extra on the ninth day."""
    return ramp((8 * DAY, usual / DAY), (1, extra), (3 * DAY, usual / DAY))


def weekly(usual: float, extra: float) -> str:
    """Return a payout per day, with a weekly extra that is two hours earlier in one week."""
    late = ((7 * DAY + 5, usual / DAY), (1, extra), (2 * DAY, usual / DAY))
    return ramp((DAY - 6, usual / DAY), (1, extra), *late)


def late(share: float) -> dict[str, str]:
    """Return first tokens, a share of which is late for six days."""
    return {
        TOKENS: ramp((10 * DAY, 1000)),
        WITHIN: ramp((6 * DAY, round(1000 * (1 - share))), (4 * DAY, 1000)),
    }


CASES = [
    Case(
        "ZenMuxPayoutSpike",
        {REQUESTS: STEADY, PAYOUT: batch(2, 8)},
        8 * DAY + 6,
        "ZenMux paid 9.97 USD for job zenmux in the last 24 hours, more than 3 times the mean "
        "day of the week before. A model or provider was slow or poor a day ago. See on the "
        "dashboard which one, and move traffic away if it still is.",
        LINK,
        {"severity": "warning", "job": "zenmux"},
        below={PAYOUT: batch(2, 3.9)},
        thin={PAYOUT: batch(0.2, 4.7)},
        also={
            "history": {REQUESTS: YOUNG},
            "caught up": {REQUESTS: AWAY},
            "every week": {PAYOUT: weekly(2, 30)},
        },
        resolved=9 * DAY + 6,
        step=20,
        every=3,
    ),
    Case(
        "ZenMuxPayoutSpike",
        {REQUESTS: STEADY, PAYOUT: f"_x{8 * DAY + 1} 6x{2 * DAY}"},
        8 * DAY + 6,
        "ZenMux paid 6.00 USD for job zenmux in the last 24 hours, more than 3 times the mean "
        "day of the week before. A model or provider was slow or poor a day ago. See on the "
        "dashboard which one, and move traffic away if it still is.",
        LINK,
        {"severity": "warning", "job": "zenmux"},
        below={PAYOUT: f"_x{8 * DAY + 1} 4.9x{2 * DAY}"},
        resolved=9 * DAY + 6,
        step=20,
        every=3,
        unmoved=("zenmux:threshold:payout_spike_factor",),
        note="never-paid-before-and-its-zero-was-missed",
    ),
    Case(
        "ZenMuxCompensationTypeNew",
        {REQUESTS: STEADY, COMPENSATIONS: f"_x{8 * DAY + 1} 2x{2 * DAY}"},
        8 * DAY + 6,
        "x-ai/grok-4 (job zenmux) was compensated for high_latency for the first time: 2 "
        "times in the last 24 hours. Read the compensated requests on the dashboard; if the "
        "answers are poor, choose another model or provider.",
        f"{WEEK}&var-model=x-ai%2Fgrok-4&var-compensation_type=high_latency",
        {"severity": "info", "compensation_type": "high_latency", **GROK},
        below={COMPENSATIONS: ramp((20, 1), (8 * DAY - 20, 0), (1, 2), (DAY, 0))},
        also={
            "history": {REQUESTS: YOUNG},
            "an outage": {REQUESTS: OUTAGE},
            "was away": {COMPENSATIONS: f"2x{3 * DAY} _x{5 * DAY} 2x{2 * DAY}"},
        },
        resolved=9 * DAY + 6,
        step=20,
        every=3,
    ),
    Case(
        "ZenMuxPayoutShareHigh",
        {
            REQUESTS: STEADY,
            COST: ramp((12 * DAY, 100 / DAY)),
            PAYOUT: ramp((9 * DAY, 11 / DAY), (3 * DAY, 0)),
        },
        9 * DAY,
        "11% of what x-ai/grok-4 (job zenmux) cost in 7 days by pay as you go was paid back by "
        "insurance: many of its answers are slow or poor. Compare its providers' latency and "
        "success, and prefer another provider or model.",
        f"{LINK}&var-model=x-ai%2Fgrok-4",
        {"severity": "warning", **GROK},
        below={PAYOUT: ramp((9 * DAY, 9.9 / DAY)), SUBSCRIBED: ramp((9 * DAY, 50 / DAY))},
        thin={COST: ramp((9 * DAY, 1 / DAY)), PAYOUT: ramp((9 * DAY, 0.7 / DAY))},
        also={"history": {REQUESTS: YOUNG}},
        resolved=11 * DAY,
        step=20,
        every=3,
    ),
    Case(
        "ZenMuxPayoutsAbsent",
        {REQUESTS: STEADY, **late(0.12)},
        6 * DAY,
        "12% of first tokens of job zenmux were late in three days, and no compensation has "
        "been counted since. Check in ZenMux's console that Data Services are on and whether "
        "it shows payouts: if it does, they do not reach the logs (settings compensation.*); "
        "if not, ask ZenMux's support.",
        WEEK,
        {"severity": "warning", "job": "zenmux"},
        below=late(0.099),
        thin={
            TOKENS: ramp((4 * DAY, 0), (49, 1), (2 * DAY, 0)),
            WITHIN: ramp((7 * DAY, 0)),
        },
        also={
            "paid": {COMPENSATIONS: ramp((5 * DAY, 0), (1, 1), (3 * DAY, 0))},
            "history": {REQUESTS: f"_x{3 * DAY} {STEADY}"},
        },
        resolved=10 * DAY - 3,
        step=20,
        every=3,
    ),
]
