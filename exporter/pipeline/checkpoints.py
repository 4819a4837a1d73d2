"""Who is told how commits go."""

from typing import Protocol


class Checkpoints(Protocol):
    """Who wants to know how commits go."""

    def succeeded(self, seconds: float, size: int) -> None:
        """A commit took so long and left the ledger with so many bytes."""

    def failed(self) -> None:
        """A commit failed and will be tried again."""

    def set_facts(self, evicted: int, missing: int) -> None:
        """Facts dropped before their time and payouts that found none, since the start."""

    def set_replayed(self, size: int) -> None:
        """Bytes that stood behind the committed positions at start."""
