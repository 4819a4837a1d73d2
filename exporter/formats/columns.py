"""Any CSV file with a header, read by a mapping from native fields to its columns."""

from collections.abc import Mapping

from ..wrappers.rows import CSV
from .transforms import Rule

TITLE = "CSV"
WRAPPER = CSV
NOTE = """
Any CSV file with a header. A mapping from fields to columns is required; columns are not guessed.
See [CSV files](#csv-files).
"""
RULES: Mapping[str, Rule] = {}
