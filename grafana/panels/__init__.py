"""Panels by subject: each a function without arguments."""
