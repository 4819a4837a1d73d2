"""Readiness: whether the totals are complete."""

from ..values.masking import masked
from ..values.texts import printable
from .protocols import Pipeline


def unready_reason(pipeline: Pipeline) -> str:
    """Return why the totals are not complete; empty if they are."""
    if pipeline.trouble:
        return masked(printable(pipeline.trouble))
    return "" if pipeline.counted_existing else "existing content is being counted"
