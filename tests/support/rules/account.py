"""Cases of alerts on the account as ZenMux's API reports it."""

from .promtool import Case, ramp

AT = 'job="zenmux",instance="10.0.0.1:10464"'
BALANCE = f"zenmux_account_balance_usd{{{AT}}}"
USED = f'zenmux_account_quota_used_ratio{{{AT},window="5h"}}'
RESET = f'zenmux_account_quota_reset_timestamp_seconds{{{AT},window="5h"}}'
MONITORED = f'zenmux_account_status{{{AT},state="monitored"}}'
BANNED = f'zenmux_account_status{{{AT},state="banned"}}'
HEALTHY = f'zenmux_account_status{{{AT},state="healthy"}}'
BASE = f'zenmux_account_flow_rate_usd{{{AT},rate="base"}}'
EFFECTIVE = f'zenmux_account_flow_rate_usd{{{AT},rate="effective"}}'
ANSWERED = f'zenmux_exporter_api_last_success_timestamp_seconds{{{AT},endpoint="balance"}}'
SUBSCRIBED = ANSWERED.replace('"balance"', '"subscription"')
MEDIANS = ANSWERED.replace('"balance"', '"platform_ttft"')
IDS = f'zenmux_exporter_generations_total{{{AT},source="ids",result="resolved"}}'
UNKNOWN = IDS.replace("resolved", "not_found")
UNBILLED = IDS.replace("resolved", "unbilled")
JOB = {"job": "zenmux"}
WEEK = "zenmux-account?from=now-7d&to=now&var-job=zenmux"
TODAY = "zenmux-account?from=now-24h&to=now&var-job=zenmux"
HERE = f"{TODAY}&var-instance=10.0.0.1%3A10464"
DAY = 24 * 60


def stale(endpoint: str, since: str) -> str:
    """Return the description of a stale endpoint."""
    return (
        f"10.0.0.1:10464 (job zenmux) has had no usable answer from the endpoint {endpoint} of "
        f"ZenMux's API {since}. Its values are hidden, and alerts on them are silent. The "
        "exporter's log has the reason: usually the key is not a management key, or was revoked."
    )


CASES = [
    Case(
        "ZenMuxBalanceRunningOut",
        # 1,440 dollars a day; 3,000 were bought in between.
        {BALANCE: f"10000-1x{DAY} 11500-1x{2 * DAY}"},
        2 * DAY,
        "At the rate of the last 24 hours the balance of job zenmux lasts 7.0 more days. Then "
        "its requests fail with insufficient_credit. Buy credits in ZenMux's console, or find "
        "out which key or model costs more than usual.",
        WEEK,
        {"severity": "warning", **JOB},
        below={BALANCE: f"10000-1x{DAY} 11700-1x{2 * DAY}"},
        thin={BALANCE: f"100x{4 * DAY}"},
        every=10,
    ),
    Case(
        "ZenMuxQuotaNearlyUsed",
        {USED: "0.5x30 0.95x60", RESET: "7200x90"},
        60,
        "95% of the 5h window of job zenmux is used, long before its reset. Once it is used up, "
        "requests with subscription keys are refused until the reset. Move urgent traffic to a "
        "pay-as-you-go key, and delay the rest.",
        TODAY,
        {"severity": "warning", "window": "5h", **JOB},
        below={USED: "0.89x90"},
        also={"reset is near": {RESET: "4000x90"}},
        # The API may omit it.
        spare=(RESET,),
    ),
    Case(
        "ZenMuxAccountRestricted",
        {BANNED: "0x10 1x20 0x30"},
        25,
        "ZenMux says that the account of job zenmux is banned: requests with its subscription "
        "are slowed down or refused. Ask ZenMux's support, and stop usage that its rules forbid. "
        "Meanwhile use a pay-as-you-go key.",
        WEEK,
        {"severity": "critical", "state": "banned", **JOB},
        below={BANNED: "0x60", MONITORED: "1x60", HEALTHY: "1x60"},
        resolved=45,
    ),
    Case(
        "ZenMuxAccountFlagged",
        {MONITORED: "0x10 1x20 0x30"},
        25,
        "ZenMux has found the usage of job zenmux unusual: its account is monitored. Nothing is "
        "restricted yet. Find out which key's usage changed, and whether somebody else uses that "
        "key.",
        WEEK,
        {"severity": "warning", "state": "monitored", **JOB},
        below={MONITORED: "0x60", HEALTHY: "1x60"},
        resolved=45,
    ),
    Case(
        "ZenMuxFlowRateRaised",
        {BASE: "0.03283x60", EFFECTIVE: "0.03283x10 0.065660x20 0.03283x30"},
        25,
        "A flow costs job zenmux 2.00 times the base rate of its plan, so its windows hold less. "
        "ZenMux raises the rate of accounts whose usage it finds unusual: see the account's "
        "status, and ask its support.",
        WEEK,
        {"severity": "warning", **JOB},
        below={EFFECTIVE: "0.03283x60"},
        resolved=45,
    ),
    Case(
        "ZenMuxAccountStale",
        {ANSWERED: "600x100 6000x30"},
        60,
        stale("balance", "for 50m 0s"),
        HERE,
        {"severity": "warning", "instance": "10.0.0.1:10464", "endpoint": "balance", **JOB},
        # The account has no subscription.
        below={ANSWERED: "0+60x130", SUBSCRIBED: "0x130"},
        resolved=110,
        unmoved=("zenmux:threshold:platform_stale_seconds",),
        note="balance",
    ),
    Case(
        "ZenMuxAccountStale",
        {MEDIANS: "0x500"},
        400,
        stale("platform_ttft", "for 6h 40m 0s"),
        HERE,
        {"severity": "warning", "instance": "10.0.0.1:10464", "endpoint": "platform_ttft", **JOB},
        below={MEDIANS: "7200x500"},
        unmoved=("zenmux:threshold:account_stale_seconds",),
        note="medians",
    ),
    Case(
        "ZenMuxGenerationsGivenUp",
        {IDS: ramp((200, 18)), UNKNOWN: ramp((60, 2), (140, 0))},
        60,
        "10% of the generation ids of source ids of 10.0.0.1:10464 (job zenmux) that were "
        "completed in the last hour were given up: ZenMux does not know them, or answers for "
        "them kept failing. Their requests are not counted. The exporter's log names some of "
        "them.",
        HERE,
        {"severity": "warning", "instance": "10.0.0.1:10464", "source": "ids", **JOB},
        below={UNKNOWN: ramp((60, 0.9), (140, 0)), UNBILLED: ramp((200, 5))},
        thin={IDS: ramp((200, 1)), UNKNOWN: ramp((9, 1), (140, 0))},
        resolved=150,
        spare=(IDS,),
    ),
]
