"""ZenMux exporter: request logs in, exact Prometheus totals out."""

__version__ = "0.1.0"
