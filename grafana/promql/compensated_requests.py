"""The rows of the table of compensated requests."""

from exporter.catalogue.levels import COMPENSATED_INCREASE

from .increases import added
from .selectors import INSURANCE, RANGE, gauge


def compensated_requests() -> str:
    """Return a row for each compensation counted in the range: its payout, all else as labels.

    The payouts are those that the totals of the range include, so the rows add up to them.
    """
    return added(gauge(COMPENSATED_INCREASE, *INSURANCE.filters), RANGE)
