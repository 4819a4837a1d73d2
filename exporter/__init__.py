"""ZenMux exporter: exact Prometheus totals from request logs."""

from . import implementation

__version__ = "0.2.0"

implementation.choose()
