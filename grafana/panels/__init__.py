"""Panels by subject, one function each."""
