"""The rows of the table of compensated requests."""

from exporter.catalogue import BY_NAME

from .increases import added
from .selectors import COMPENSATED, INSURANCE, RANGE, gauge

# The rules add the request's time, in Unix milliseconds.
LABELS = (*BY_NAME["zenmux_compensated_request_payout_usd"].labels, "timestamp_ms")


def compensated_requests() -> str:
    """Return a row for each compensation counted in the range: its payout, all else as labels.

    The payouts are those that the totals of the range include, so the rows add up to them.
    """
    return added(gauge(COMPENSATED, *INSURANCE.filters), RANGE)
