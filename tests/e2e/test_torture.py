"""Repeated kills: totals equal those of an uninterrupted run."""

from pathlib import Path

from effort import examples
from torture import torture


def test_killed_at_random_moments(tmp_path: Path) -> None:
    """Totals are exact despite kills, torn lines and rotations, and counters never decrease."""
    most = examples(12, 100)
    assert torture(tmp_path, 1, lambda kills: kills < most) == most
