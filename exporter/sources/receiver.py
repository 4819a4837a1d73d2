"""Who is told what became of the lines of a block that nobody can read again."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from ..errors import Reason
from ..receipts import Receipt

Errors = Sequence[tuple[int, Reason]]
"""Rejected records: the offset of each, and the reason."""


class Receiver(Protocol):
    """Takes results of counting, and later whether they are durable."""

    def count(
        self,
        span: tuple[int, int],
        results: Mapping[str, int],
        errors: Errors,
        resume: int | None,
        *,
        is_done: bool,
    ) -> Receipt:
        """Take how the lines between two offsets were counted; return it with all before it."""

    def take_back(self) -> None:
        """Forget what was counted since the last commit."""

    def commit(self, receipt: Receipt) -> None:
        """What was counted up to this receipt is durable."""
