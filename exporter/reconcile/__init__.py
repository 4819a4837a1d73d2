"""`reconcile`: recount files with the exporter's reader, and compare with a running exporter."""

from .command import reconcile
from .report import Report

__all__ = ["Report", "reconcile"]
