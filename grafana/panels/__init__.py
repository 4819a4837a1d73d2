"""Panels by subject, one function per panel."""
