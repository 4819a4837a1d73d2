"""Bucket bounds in the units of their histograms."""

from ..catalogue import HISTOGRAMS
from ..config import Config


def scaled_buckets(config: Config) -> dict[str, tuple[int, ...]]:
    """Return the upper bounds of each histogram by the catalogue's name of its buckets.

    They are integers in the histogram's unit; finer digits are truncated.
    """
    return {
        metric.buckets: tuple(
            int(bound.scaleb(metric.places)) for bound in config.buckets[metric.buckets]
        )
        for metric in HISTOGRAMS
    }
