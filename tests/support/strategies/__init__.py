"""Hypothesis strategies for logs, one module per subject, so that a failure shows its subject.

Each generates lines or file content that the exporter and the oracle must count alike.
"""
