"""`reconcile`: recount files with the exporter's own reading, compare with a running exporter."""

from .command import reconcile
from .report import Report

__all__ = ["Report", "reconcile"]
