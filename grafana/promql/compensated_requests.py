"""The rows of the table of compensated requests."""

from exporter.catalogue.levels import COMPENSATED_INCREASE

from .increases import added
from .selectors import INSURANCE, RANGE, gauge


def compensated_requests() -> str:
    """Return the payout of each compensation counted in the range, with its details as labels.

    The totals of the range include the same payouts, so the rows add up to them.
    """
    return added(gauge(COMPENSATED_INCREASE, *INSURANCE.filters), RANGE)
