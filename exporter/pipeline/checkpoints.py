"""The interface for observing commits."""

from typing import Protocol


class Checkpoints(Protocol):
    """An observer of commits."""

    def succeeded(self, seconds: float, size: int) -> None:
        """Note a commit: its duration and the ledger's size in bytes after it."""

    def failed(self) -> None:
        """Note a failed commit, which will be retried."""

    def set_facts(self, evicted: int, missing: int) -> None:
        """Set the facts dropped early and the payouts that found none, since the start."""

    def set_replayed(self, size: int) -> None:
        """Set the bytes after the committed positions at the start."""
