"""Killed again and again: totals are those of a run that was never interrupted."""

from pathlib import Path

from effort import examples
from torture import torture


def test_killed_at_random_moments(tmp_path: Path) -> None:
    """While lines are torn, repeated, amended and rotated; no scrape ever shows a step back."""
    most = examples(20, 100)
    assert torture(tmp_path, 1, lambda kills: kills < most) == most
