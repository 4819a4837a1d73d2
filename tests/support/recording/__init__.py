"""A server of models, and the lines that a recorder wrote about requests to it."""

from collections.abc import Callable
from typing import Any

# Return the lines written so far.
Lines = Callable[[], list[dict[str, Any]]]

# Return what the recorder has logged.
Warnings = Callable[[], list[str]]
