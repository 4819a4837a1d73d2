"""The interface that gets the results of blocks that can't be read again."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from ..errors import Reason
from ..receipts import Receipt

Errors = Sequence[tuple[int, Reason]]
"""Rejected records: the offset of each, and the reason."""


class Receiver(Protocol):
    """A receiver of results, and later of their durability."""

    def count(
        self,
        span: tuple[int, int],
        results: Mapping[str, int],
        errors: Errors,
        resume: int | None,
        *,
        is_done: bool,
    ) -> Receipt:
        """Add the results of the lines between two offsets; return the sum of all so far."""

    def take_back(self) -> None:
        """Forget what was counted since the last commit."""

    def commit(self, receipt: Receipt) -> None:
        """Note that everything up to this receipt is durable."""
