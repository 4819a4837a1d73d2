"""Builders that the panels share: visualizations, targets, units, colours, variables."""
