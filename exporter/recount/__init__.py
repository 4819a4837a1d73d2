"""An independent recount of request logs, to hold the exporter's totals against.

Standard library only, and no code shared with the counting: plain reading of the rules in
docs/counting.md.
"""

from .counting import Recount
from .settings import Settings
from .totals import Histogram, Totals, differences, parse_exposition

__all__ = ["Histogram", "Recount", "Settings", "Totals", "differences", "parse_exposition"]
