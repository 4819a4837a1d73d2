"""Prometheus configuration, and the stack that runs it beside the exporter without Docker."""
