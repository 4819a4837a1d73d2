"""The rows of the table of compensated requests."""

from exporter.catalogue import BY_NAME

from .selectors import (
    EXPORTER_FILTERS,
    INSURANCE_FILTERS,
    LOOKBACK,
    PAYOUT_FILTERS,
    RANGE,
    series,
)

_PAYOUT = "zenmux_compensated_request_payout_usd"
LABELS = BY_NAME[_PAYOUT].labels
_KEY = "generation_id, compensation_type"
# Payouts come the day after the request; a week is more than enough to look ahead.
_LOOKAHEAD = "7d"


def compensated_requests(**labels: str) -> str:
    """Return a row per compensation: request time in ms as value, everything else as labels.

    The payout is a label too, so that one query is enough: Grafana 12.4 shows an empty table if
    any of several queries has no result.
    """
    by_payout = f"{_payout_seen_in_range(**labels)} and on () (vector($time_basis) == 1)"
    by_request = f"{_requested_in_range(**labels)} and on () (vector($time_basis) == 2)"
    columns = ", ".join(LABELS)
    paid = series(_PAYOUT, INSURANCE_FILTERS, **labels)
    latest = f"max by ({columns}) ({_exposed(paid)})"
    rows = f'count_values by ({columns}) ("payout_usd", {latest})'
    return f"1000 * ({by_payout} or {by_request}) * on ({_KEY}) group_right () {rows}"


def _exposed(selector: str) -> str:
    """Return the series that were exposed in the range, or in the week after it."""
    later = f"last_over_time({selector}[{_LOOKAHEAD}] offset -{_LOOKAHEAD})"
    return f"last_over_time({selector}[{RANGE}]) or {later}"


def _request_times(**labels: str) -> str:
    return series("zenmux_compensated_request_timestamp_seconds", PAYOUT_FILTERS, **labels)


def _payout_seen_in_range(**labels: str) -> str:
    """Return request times of the payouts that the totals of the range include.

    A scrape has the time of the last commit, and its totals include the payouts up to then. So
    payouts seen after the commit of the last scrape before the range are in the range, and the
    rows add up to the total beside them. If the exporter started within the range, totals do not
    include what it counted before its first scrape, but do include what was backfilled. Without
    commit times, payouts seen since the start of the range are returned.
    """
    seen = series("zenmux_compensated_request_seen_timestamp_seconds", PAYOUT_FILTERS, **labels)
    commit = series("zenmux_exporter_checkpoint_last_success_timestamp_seconds", EXPORTER_FILTERS)
    process_start = series("process_start_time_seconds", EXPORTER_FILTERS)
    started = f"min_over_time({process_start}[{RANGE}])"
    before = f"last_over_time({commit}[{LOOKBACK}] offset {RANGE})"
    committed = f"({before} or min_over_time({commit}[{RANGE}]))"
    # The exporter sees a backfilled payout again when it reads its line: the first time counts.
    first = f"min_over_time({seen}[{RANGE}])"
    target = "on (job, instance)"
    inside = f"({first} > time() - $__range_s)"
    new = f"{first} > {target} group_left () {committed}"
    backfilled = f"{inside} < {target} group_left () ({started} unless {target} {before})"
    without_commit = f"{inside} unless {target} {committed}"
    exposed = f"max by ({_KEY}) (last_over_time({_request_times(**labels)}[{RANGE}]))"
    return f"({exposed} and on ({_KEY}) (({new}) or ({backfilled}) or ({without_commit})))"


def _requested_in_range(**labels: str) -> str:
    """Return request times within the range, whenever the payout was seen."""
    requested = f"max by ({_KEY}) ({_exposed(_request_times(**labels))})"
    return f"(({requested} > time() - $__range_s) <= time())"
