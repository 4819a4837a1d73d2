"""Hypothesis strategies for logs, one module a kind, so that a failure tells its kind.

Each makes lines, or the content of a file, that the exporter and the oracle must count alike.
"""
