"""Benchmarks of the exporter and of other programs, measured in one run."""
