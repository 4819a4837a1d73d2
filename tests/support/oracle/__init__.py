"""The test oracle: an independent recount of request logs.

Standard library only. It shares no code with the exporter: both follow docs/counting.md, so a
mistake in one of them shows up as a difference.
"""

from .counting import Oracle
from .settings import Settings
from .totals import Histogram, Totals, differences, parse_exposition

__all__ = ["Histogram", "Oracle", "Settings", "Totals", "differences", "parse_exposition"]
