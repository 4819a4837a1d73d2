"""Cases of alerts on the account's own errors, quotas and traffic."""

from .promtool import Case, ramp

AT = 'job="zenmux",instance="10.0.0.1:10464",model="openai/gpt-5",provider="openai",plan="payg"'
GOOD = f'zenmux_requests_total{{{AT},api_key="checkout",outcome="success"}}'
BAD = f'zenmux_requests_total{{{AT},api_key="checkout",outcome="error"}}'
OTHERS = GOOD.replace("checkout", "search")
OTHERS_BAD = BAD.replace("checkout", "search")
HERE = "?from=now-6h&to=now&var-job=zenmux"
MODEL = {"job": "zenmux", "model": "openai/gpt-5"}


def failed(error_type: str, responsibility: str) -> str:
    """Return the series of an error."""
    return (
        f'zenmux_request_errors_total{{{AT},error_type="{error_type}",'
        f'responsibility="{responsibility}"}}'
    )


WRONG = failed("invalid_model", "client")
LIMITED = failed("rate_limit", "quota")
NO_CREDIT = failed("insufficient_credit", "quota")


def refused(series: str, share: float, requests: float, minutes: int = 60) -> dict[str, str]:
    """Return requests per minute, a share of which is rejected for an hour."""
    bad = ramp((minutes, requests * share), (90, 0))
    return {
        GOOD: ramp((minutes, requests * (1 - share)), (90, requests)),
        BAD: bad,
        series: bad,
    }


CASES = [
    Case(
        "ZenMuxClientErrors",
        refused(WRONG, 0.102, 10),
        60,
        "10.2% of the requests to openai/gpt-5 (job zenmux) were refused as invalid_model in "
        "the last hour: the caller's fault, and retrying does not help. Look at what was "
        "deployed last; model_not_available and invalid_model mean that the model was renamed"
        " or withdrawn.",
        f"zenmux-provider{HERE}&var-model=openai%2Fgpt-5",
        {"severity": "warning", "error_type": "invalid_model", **MODEL},
        below=refused(WRONG, 0.098, 10),
        thin=refused(WRONG, 0.5, 0.6),
        resolved=130,
        spare=(GOOD, BAD),
    ),
    Case(
        "ZenMuxRateLimited",
        refused(LIMITED, 0.051, 10),
        60,
        "5.1% of the requests to openai/gpt-5 (job zenmux) were refused by a rate limit (429)"
        " in the last hour. Spread or queue the callers, retry with growing pauses, or ask "
        "for a higher limit.",
        f"zenmux-provider{HERE}&var-model=openai%2Fgpt-5",
        {"severity": "warning", **MODEL},
        below=refused(LIMITED, 0.049, 10),
        thin=refused(LIMITED, 0.5, 0.6),
        also={"credit": {LIMITED: "0x200", NO_CREDIT: ramp((60, 1))}},
        resolved=130,
        spare=(GOOD, BAD),
    ),
    Case(
        "ZenMuxCreditErrors",
        refused(NO_CREDIT, 0.0102, 200),
        60,
        "1.02% of the requests of plan payg (job zenmux) were refused for lack of credit or "
        "quota (402) in the last 15 minutes. One key's limit may be used up, or the wallet is "
        "nearly empty: look at both in ZenMux's console.",
        f"zenmux-cost{HERE}&var-plan=payg",
        {"severity": "warning", "job": "zenmux", "plan": "payg"},
        below=refused(NO_CREDIT, 0.0098, 200),
        thin=refused(NO_CREDIT, 0.5, 2.4),
        also={"rate limit": {NO_CREDIT: "0x200", LIMITED: ramp((60, 10))}},
        resolved=90,
        spare=(GOOD, BAD),
    ),
    Case(
        "ZenMuxCreditExhausted",
        refused(NO_CREDIT, 0.202, 10),
        60,
        "20.2% of the requests of plan payg (job zenmux) were refused for lack of credit or "
        "quota (402) in the last 15 minutes. Top up the wallet or raise the limit in ZenMux's"
        " console; retrying does not help.",
        "zenmux-cost?from=now-3h&to=now&var-job=zenmux&var-plan=payg",
        {"severity": "critical", "job": "zenmux", "plan": "payg"},
        below=refused(NO_CREDIT, 0.198, 10),
        thin=refused(NO_CREDIT, 0.5, 2.4),
        resolved=90,
        spare=(GOOD, BAD),
    ),
    Case(
        "ZenMuxKeyFailing",
        {
            GOOD: ramp((60, 4.9), (60, 10)),
            BAD: ramp((60, 5.1), (60, 0)),
            OTHERS: ramp((120, 100)),
        },
        60,
        "51% of the requests of key checkout (job zenmux) failed in the last 15 minutes, while "
        "the account as a whole works. The key may be revoked or over its limit, or its "
        "application may be broken. Ask its owner, and look at the key in ZenMux's console.",
        f"zenmux-usage{HERE}&var-api_key=checkout",
        {"severity": "warning", "job": "zenmux", "api_key": "checkout"},
        below={GOOD: ramp((60, 5.1)), BAD: ramp((60, 4.9))},
        thin={GOOD: ramp((60, 0.1)), BAD: ramp((60, 1.2))},
        also={"all keys": {OTHERS_BAD: ramp((60, 60))}},
        resolved=90,
        spare=(GOOD,),
    ),
    Case(
        "ZenMuxTrafficDropped",
        {GOOD: ramp((7 * 72, 40), (12, 7.9), (12, 40))},
        7 * 72 + 10,
        "Only 23.7 requests of job zenmux in the last hour, less than 20% of the same hour a "
        "week ago. Either callers stopped (a deployment, or an outage between them and ZenMux) "
        "or their logs do not arrive: compare with the applications' own numbers.",
        "zenmux-usage?from=now-8d&to=now&var-job=zenmux",
        {"severity": "warning", "job": "zenmux"},
        below={GOOD: ramp((7 * 72, 40), (12, 8.1))},
        thin={GOOD: ramp((7 * 72, 33), (12, 0))},
        also={
            "history": {GOOD: ramp((6 * 72, -1), (72, 40), (12, 7.9))},
            # Like after a change to summer time, when the hours of a week ago began later.
            "later": {GOOD: ramp((6, 0), (7 * 72 - 6, 40), (12, 7.9))},
        },
        resolved=7 * 72 + 20,
        step=20,
    ),
]
