"""Cases of cost alerts: a sample every 20 minutes, or every hour over a month."""

from .promtool import Case, ramp

AT = 'job="zenmux",instance="10.0.0.1:10464",model="openai/gpt-5",provider="openai",plan="payg"'
REQUESTS = f'zenmux_requests_total{{{AT},api_key="checkout",outcome="success"}}'
COST = f'zenmux_cost_usd_total{{{AT},api_key="checkout",item="prompt"}}'
OTHERS = COST.replace("checkout", "search")
SEARCHES = COST.replace("prompt", "web_search")
FAILED = REQUESTS.replace("success", "error")
FRESH = REQUESTS.replace("openai/gpt-5", "openai/gpt-6")
DAY, LONG_DAY = 72, 24
STEADY = ramp((14 * DAY, 10))
# A job without enough history to compare with.
YOUNG = f"_x{2 * DAY} {STEADY}"
# No samples for three days, so it is unknown when series started.
OUTAGE = f"0+10x{5 * DAY} _x{3 * DAY} 1e6+10x{2 * DAY}"
# The exporter was down until a day ago, and counts what it missed today.
AWAY = ramp((6 * DAY + 50, 10), (48, -1), (6 * DAY, 10))
JOB = {"job": "zenmux"}
WARNING = {"severity": "warning", **JOB}


def link(since: str, board: str = "cost") -> str:
    """Return the link to a dashboard of the job."""
    return f"zenmux-{board}?from=now-{since}&to=now&var-job=zenmux"


def days(usual: float, extra: float = 0.0) -> str:
    """Return a cost per day, with an extra on the ninth day."""
    return ramp((8 * DAY, usual / DAY), (1, extra), (3 * DAY, usual / DAY))


def weekly(usual: float, extra: float) -> str:
    """Return a cost per day, with a weekly extra that is two hours earlier in one week."""
    late = ((7 * DAY + 5, usual / DAY), (1, extra), (2 * DAY, usual / DAY))
    return ramp((DAY - 6, usual / DAY), (1, extra), *late)


def failures(extra: float) -> str:
    """Return half a failed request per sample, with more on the ninth day."""
    return ramp((8 * DAY, 0.5), (1, extra), (3 * DAY, 0.5))


BUDGETS = {"budget_1d_usd": 500.0, "budget_30d_usd": 10000.0}

CASES = [
    Case(
        "ZenMuxDailyBudgetExceeded",
        {COST: ramp((36, 501 / 36), (2 * DAY, 0))},
        39,
        "Requests of job zenmux cost 501.00 USD in the last 24 hours; the budget is 500.00 "
        "USD. See on the dashboard which model and key spend it, and stop or slow the caller;"
        " the budget is set in rules/thresholds.yml.",
        link("2d"),
        WARNING,
        below={COST: ramp((36, 499 / 36), (2 * DAY, 0))},
        resolved=DAY + 39,
        step=20,
        every=3,
        budgets=BUDGETS,
    ),
    Case(
        "ZenMuxMonthlyBudgetExceeded",
        {COST: ramp((5 * LONG_DAY, 2001 / LONG_DAY), (40 * LONG_DAY, 0))},
        5 * LONG_DAY + 2,
        "Requests of job zenmux cost 10005.00 USD in the last 30 days; the budget is 10000.00"
        " USD. See on the dashboard which models and keys spend it, and decide what to "
        "reduce; the budget is set in rules/thresholds.yml.",
        link("30d"),
        WARNING,
        below={COST: ramp((5 * LONG_DAY, 1999 / LONG_DAY), (40 * LONG_DAY, 0))},
        resolved=34 * LONG_DAY,
        step=60,
        budgets=BUDGETS,
    ),
    Case(
        "ZenMuxMonthlyForecastOverBudget",
        {REQUESTS: STEADY, COST: ramp((9 * DAY, 335 / DAY), (5 * DAY, 0))},
        9 * DAY,
        "At the pace of the last 7 days requests of job zenmux cost 10050.00 USD in 30 days; "
        "the budget is 10000.00 USD. There is still time: see on the dashboard what grew, or "
        "raise the budget in rules/thresholds.yml.",
        link("30d"),
        {"severity": "info", **JOB},
        below={COST: ramp((9 * DAY, 332 / DAY))},
        also={
            "already exceeded": {COST: ramp((1, 9000), (9 * DAY, 335 / DAY))},
            "history": {REQUESTS: f"_x{3 * DAY} {STEADY}"},
        },
        resolved=10 * DAY,
        step=20,
        every=3,
        budgets=BUDGETS,
    ),
    Case(
        "ZenMuxCostJump",
        {REQUESTS: STEADY, COST: days(30, 31)},
        8 * DAY + 6,
        "Requests of job zenmux cost 60.58 USD in the last 24 hours, more than 2 times the "
        "mean day of the week before. See on the dashboard which model and key grew; an agent"
        " in a loop is the usual cause.",
        link("8d"),
        WARNING,
        below={COST: days(30, 29)},
        thin={COST: days(5, 14)},
        also={
            "history": {REQUESTS: YOUNG},
            "caught up": {REQUESTS: AWAY},
            "every week": {COST: weekly(30, 100)},
        },
        resolved=9 * DAY + 6,
        step=20,
        every=3,
    ),
    Case(
        "ZenMuxKeyCostShareJump",
        {REQUESTS: STEADY, COST: days(10, 20), OTHERS: days(40)},
        8 * DAY + 6,
        "Key checkout (job zenmux) made 43.09% of the cost of the last 24 hours, far more than "
        "its share of the week before. Ask its owner whether that is intended. If not, lower the "
        "key's limit or revoke it: it may have leaked.",
        link("8d") + "&var-api_key=checkout",
        {"severity": "warning", "api_key": "checkout", **JOB},
        below={COST: days(10, 15)},
        thin={COST: days(1, 15), OTHERS: days(4)},
        also={
            "history": {REQUESTS: YOUNG},
            "caught up": {REQUESTS: AWAY},
            "every week": {COST: weekly(10, 40)},
        },
        resolved=9 * DAY + 6,
        step=20,
        every=3,
    ),
    Case(
        "ZenMuxKeyCostShareJump",
        {REQUESTS: STEADY, COST: f"_x{8 * DAY + 1} 21x{DAY}", OTHERS: days(40)},
        8 * DAY + 6,
        "Key checkout (job zenmux) made 34.74% of the cost of the last 24 hours, far more than "
        "its share of the week before. Ask its owner whether that is intended. If not, lower the "
        "key's limit or revoke it: it may have leaked.",
        link("8d") + "&var-api_key=checkout",
        {"severity": "warning", "api_key": "checkout", **JOB},
        below={COST: f"_x{8 * DAY + 1} 19x{DAY}"},
        spare=(OTHERS,),
        step=20,
        every=3,
        note="new-key",
    ),
    Case(
        "ZenMuxWebSearchCostJump",
        {REQUESTS: STEADY, SEARCHES: days(2, 4.1)},
        8 * DAY + 6,
        "Web searches of job zenmux cost 6.07 USD in the last 24 hours, more than 3 times the"
        " mean day of the week before. See on the dashboard which key searches; limit "
        "searches per request in its application.",
        link("8d", "usage"),
        WARNING,
        below={SEARCHES: days(2, 3.9)},
        thin={SEARCHES: days(0.5, 4)},
        also={
            "history": {REQUESTS: YOUNG},
            "caught up": {REQUESTS: AWAY},
            "every week": {SEARCHES: weekly(2, 30)},
        },
        resolved=9 * DAY + 6,
        step=20,
        every=3,
    ),
    Case(
        "ZenMuxWebSearchCostJump",
        {REQUESTS: STEADY, SEARCHES: f"_x{8 * DAY + 1} 5.1x{DAY}"},
        8 * DAY + 6,
        "Web searches of job zenmux cost 5.10 USD in the last 24 hours, more than 3 times the"
        " mean day of the week before. See on the dashboard which key searches; limit "
        "searches per request in its application.",
        link("8d", "usage"),
        WARNING,
        below={SEARCHES: f"_x{8 * DAY + 1} 4.9x{DAY}"},
        step=20,
        every=3,
        unmoved=("zenmux:threshold:web_search_jump_factor",),
        note="never-searched-before",
    ),
    Case(
        "ZenMuxErrorCostJump",
        {REQUESTS: STEADY, COST: days(100), FAILED: failures(90)},
        8 * DAY + 6,
        "Making the failed requests of job zenmux of the last 24 hours again costs about 14.64 "
        "USD (at the mean cost of a request), more than 3 times the mean day of the week before. "
        "See on the dashboard which errors grew and who is responsible, and stop callers that "
        "retry endlessly.",
        link("8d", "provider"),
        WARNING,
        below={FAILED: failures(80)},
        thin={COST: days(30)},
        also={"history": {REQUESTS: f"_x{2 * DAY} {STEADY}"}},
        resolved=9 * DAY + 6,
        step=20,
        every=3,
    ),
    Case(
        "ZenMuxModelNew",
        {REQUESTS: STEADY, FRESH: f"_x{8 * DAY + 1} 4x{3 * DAY}"},
        8 * DAY + 6,
        "openai/gpt-6 (job zenmux) had its first requests in the last 24 hours: 4. If nobody "
        "meant to use it, find the key on the dashboard: it may cost more than the model that it "
        "replaces, or its name may be misspelt.",
        link("2d", "usage") + "&var-model=openai%2Fgpt-6",
        {"severity": "info", "model": "openai/gpt-6", **JOB},
        below={FRESH: f"0x{8 * DAY} 4x{DAY}"},
        also={
            "history": {REQUESTS: YOUNG},
            "an outage": {REQUESTS: OUTAGE},
            "was away": {FRESH: f"4x{3 * DAY} _x{5 * DAY} 4x{2 * DAY}"},
        },
        resolved=9 * DAY + 6,
        step=20,
        every=3,
    ),
    Case(
        "ZenMuxCostMissing",
        {REQUESTS: STEADY, COST: ramp((3 * DAY, 1), (DAY // 2, 0), (DAY, 1))},
        3 * DAY + 30,
        "180 pay-as-you-go requests of job zenmux succeeded in the last 6 hours, and none was "
        "billed, although bills came within the last 7 days: cost and budgets are incomplete. "
        "Check that the records in the log still carry their bill (billAmount, or cost_usd).",
        link("8d"),
        WARNING,
        below={COST: ramp((3 * DAY, 1), (15, 0), (DAY, 0.001))},
        thin={REQUESTS: ramp((5 * DAY, 5.5))},
        resolved=4 * DAY,
        step=20,
        every=3,
    ),
]
