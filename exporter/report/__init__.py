"""`report`: the totals of logs, as tables of the console's views."""

from .command import Read, Wanted, report
from .views import VIEWS

__all__ = ["VIEWS", "Read", "Wanted", "report"]
