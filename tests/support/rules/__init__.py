"""Test cases of the alert rules, run by promtool."""
