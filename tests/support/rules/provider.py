"""Cases of alerts on service levels of providers, the platform and models."""

import dataclasses

from .promtool import Case, ramp

JOB = 'job="zenmux",instance="10.0.0.1:10464"'
MODEL = 'model="anthropic/claude-sonnet-4.5",provider="amazon-bedrock",plan="payg"'
AT = f"{JOB},{MODEL}"
GOOD = f'zenmux_requests_total{{{AT},api_key="k",outcome="success"}}'
CLIENT = f'zenmux_request_errors_total{{{AT},error_type="invalid_params",responsibility="client"}}'
FAILED = (
    f'zenmux_request_errors_total{{{AT},error_type="provider_error",responsibility="provider"}}'
)
UNKNOWN = f'zenmux_request_errors_total{{{AT},error_type="500",responsibility="unknown"}}'
PLATFORM = f'zenmux_request_errors_total{{{AT},error_type="502",responsibility="platform"}}'
TOKENS = f"zenmux_time_to_first_token_seconds_count{{{AT}}}"
WITHIN = f'zenmux_time_to_first_token_seconds_bucket{{{AT},le="13.0"}}'

PROVIDER = {"job": "zenmux", "provider": "amazon-bedrock"}
LINK = "&to=now&var-job=zenmux"
SINCE = {"1h": "3h", "6h": "12h", "1d": "2d", "3d": "6d"}
SEVERITY = {"1h": "critical", "6h": "critical", "1d": "warning", "3d": "warning"}
# By window: minutes per sample, samples of failure, samples until resolved, burn rate.
TIMES = {"1h": (1, 20, 20, 14.4), "6h": (5, 12, 20, 6), "1d": (5, 36, 60, 3), "3d": (5, 72, 120, 1)}
# Requests per sample; shares of it are whole numbers, like real counters.
MANY = 400_000


def failing(share: float, trouble: int, after: int) -> dict[str, str]:
    """Return requests, a share of which fails for some samples."""
    bad = MANY * share
    # Many client errors neither burn nor dilute the budget.
    return {
        GOOD: ramp((trouble, MANY - round(bad)), (after, MANY)),
        FAILED: ramp((trouble, round(bad * 0.75)), (after, 0)),
        UNKNOWN: ramp((trouble, round(bad * 0.25)), (after, 0)),
        CLIENT: ramp((trouble + after, 5 * MANY)),
    }


def errors(window: str, description: str) -> Case:
    """Return a case of a provider that burns its error budget slightly too fast."""
    step, trouble, after, factor = TIMES[window]
    return Case(
        "ZenMuxProviderErrorBudgetBurn",
        failing(factor * 0.0202, trouble, after),
        trouble,
        description,
        f"zenmux-provider?from=now-{SINCE[window]}{LINK}&var-provider=amazon-bedrock",
        {"severity": SEVERITY[window], "window": window, **PROVIDER},
        below=failing(factor * 0.0198, trouble, after),
        # 9 of 9 requests fail.
        thin={
            GOOD: ramp((trouble + after, 0)),
            FAILED: ramp((9, 1), (trouble, 0)),
            UNKNOWN: ramp((trouble + after, 0)),
        },
        resolved=trouble + after,
        # Still above the threshold without errors of unknown origin, or without successes.
        spare=(GOOD, CLIENT),
        step=step,
        window=window,
    )


def late(share: float, trouble: int, after: int) -> dict[str, str]:
    """Return first tokens, a share of which is late for some samples."""
    return {
        TOKENS: ramp((trouble + after, MANY)),
        WITHIN: ramp((trouble, round(MANY * (1 - share))), (after, MANY)),
    }


def latency(window: str, description: str) -> Case:
    """Return a case of a provider that burns its latency budget slightly too fast."""
    step, trouble, after, factor = TIMES[window]
    return Case(
        "ZenMuxProviderLatencyBudgetBurn",
        late(factor * 0.0505, trouble, after),
        trouble,
        description,
        f"zenmux-performance?from=now-{SINCE[window]}{LINK}&var-provider=amazon-bedrock",
        {"severity": SEVERITY[window], "window": window, **PROVIDER},
        below=late(factor * 0.0495, trouble, after),
        thin={TOKENS: ramp((9, 1), (trouble, 0)), WITHIN: ramp((trouble + after, 0))},
        resolved=trouble + after,
        step=step,
        window=window,
    )


def slower(window: str, step: int, share: float, description: str) -> Case:
    """Return a case of a provider that became slow; it is not critical if it was slow before."""
    day = 24 * 60 // step
    hours = day // 4

    def since(before: float) -> dict[str, str]:
        return {
            TOKENS: ramp((day + 2 * hours, 1000)),
            WITHIN: ramp((day + hours, 1000 * (1 - before)), (hours, 1000 * (1 - share))),
        }

    return dataclasses.replace(
        latency(window, description),
        series=since(0),
        at=day + 2 * hours,
        below=since(share),
        thin=None,
        resolved=None,
        step=step,
        every=2,
        note="news",
    )


def broken(share: float, trouble: int, after: int) -> dict[str, str]:
    """Return requests, a share of which the platform fails for some samples."""
    return {
        GOOD: ramp((trouble, round(MANY * (1 - share))), (after, MANY)),
        PLATFORM: ramp((trouble, round(MANY * share)), (after, 0)),
    }


def platform(window: str, description: str) -> Case:
    """Return a case of a platform that burns its error budget slightly too fast."""
    step, trouble, after, factor = TIMES[window]
    return Case(
        "ZenMuxPlatformErrorBudgetBurn",
        broken(factor * 0.0101, trouble, after),
        trouble,
        description,
        f"zenmux-provider?from=now-{SINCE[window]}{LINK}",
        {"severity": SEVERITY[window], "window": window, "job": "zenmux"},
        below=broken(factor * 0.0099, trouble, after),
        thin={GOOD: ramp((trouble + after, 0)), PLATFORM: ramp((9, 1), (trouble, 0))},
        resolved=trouble + after,
        step=step,
        window=window,
    )


CASES = [
    errors(
        "1h",
        "Provider amazon-bedrock (job zenmux) failed 29.09% of its requests in the last hour,"
        " and still does; 2% are allowed. Errors of clients, quotas and the platform are not "
        "counted. Route to another provider, and look at the error types on the dashboard.",
    ),
    errors(
        "6h",
        "Provider amazon-bedrock (job zenmux) failed 12.12% of its requests in the last 6 "
        "hours, and still does; 2% are allowed. Errors of clients, quotas and the platform "
        "are not counted. Route to another provider, and look at the error types on the "
        "dashboard.",
    ),
    errors(
        "1d",
        "Provider amazon-bedrock (job zenmux) failed 6.06% of its requests in the last 24 "
        "hours, and still does; 2% are allowed. Errors of clients, quotas and the platform "
        "are not counted. Look at the error types on the dashboard, and prefer another "
        "provider for its models.",
    ),
    errors(
        "3d",
        "Provider amazon-bedrock (job zenmux) failed 2.02% of its requests in the last 3 "
        "days, and still does; 2% are allowed. Errors of clients, quotas and the platform are"
        " not counted. Look at the error types on the dashboard, and prefer another provider "
        "for its models.",
    ),
    latency(
        "1h",
        "72.72% of the first tokens of provider amazon-bedrock (job zenmux) took longer than "
        "13 s in the last hour, and still do; 5% are allowed. Route to another provider, and "
        "see on the dashboard which models are slow.",
    ),
    latency(
        "6h",
        "30.3% of the first tokens of provider amazon-bedrock (job zenmux) took longer than "
        "13 s in the last 6 hours, and still do; 5% are allowed. Route to another provider, "
        "and see on the dashboard which models are slow.",
    ),
    latency(
        "1d",
        "15.15% of the first tokens of provider amazon-bedrock (job zenmux) took longer than "
        "13 s in the last 24 hours, and still do; 5% are allowed. See on the dashboard which "
        "models are slow, and prefer another provider for them.",
    ),
    latency(
        "3d",
        "5.05% of the first tokens of provider amazon-bedrock (job zenmux) took longer than "
        "13 s in the last 3 days, and still do; 5% are allowed. See on the dashboard which "
        "models are slow, and prefer another provider for them.",
    ),
    slower(
        "1h",
        2,
        0.75,
        "75% of the first tokens of provider amazon-bedrock (job zenmux) took longer than 13 s in "
        "the last hour, and still do; 5% are allowed. Route to another provider, and see on the "
        "dashboard which models are slow.",
    ),
    slower(
        "6h",
        5,
        0.35,
        "35% of the first tokens of provider amazon-bedrock (job zenmux) took longer than 13 s in "
        "the last 6 hours, and still do; 5% are allowed. Route to another provider, and see on the "
        "dashboard which models are slow.",
    ),
    platform(
        "1h",
        "ZenMux's platform, not a provider, failed 14.54% of the requests of job zenmux in "
        "the last hour, and still does; 1% are allowed. Look at ZenMux's status, fall back to"
        " calling providers directly if you can, and tell ZenMux's support.",
    ),
    platform(
        "6h",
        "ZenMux's platform, not a provider, failed 6.06% of the requests of job zenmux in the"
        " last 6 hours, and still does; 1% are allowed. Look at ZenMux's status, fall back to"
        " calling providers directly if you can, and tell ZenMux's support.",
    ),
    platform(
        "1d",
        "ZenMux's platform, not a provider, failed 3.03% of the requests of job zenmux in the"
        " last 24 hours, and still does; 1% are allowed. Look at the error types on the "
        "dashboard (no_provider_available: allow more providers), and tell ZenMux's support.",
    ),
    platform(
        "3d",
        "ZenMux's platform, not a provider, failed 1.01% of the requests of job zenmux in the"
        " last 3 days, and still does; 1% are allowed. Look at the error types on the "
        "dashboard (no_provider_available: allow more providers), and tell ZenMux's support.",
    ),
    Case(
        "ZenMuxModelFailing",
        {GOOD: ramp((30, 4), (30, 10)), FAILED: ramp((30, 6), (30, 0))},
        25,
        "60% of the requests to anthropic/claude-sonnet-4.5 at provider amazon-bedrock (job "
        "zenmux) failed in the last 15 minutes, through no fault of yours. Use another model or "
        "provider until it recovers; the dashboard shows the error types.",
        f"zenmux-provider?from=now-3h{LINK}&var-model=anthropic%2Fclaude-sonnet-4.5"
        "&var-provider=amazon-bedrock",
        {"severity": "critical", "model": "anthropic/claude-sonnet-4.5", **PROVIDER},
        below={GOOD: ramp((30, 6.1))},
        thin={GOOD: ramp((60, 0)), FAILED: ramp((9, 1), (60, 0))},
        resolved=55,
        spare=(GOOD,),
    ),
]
