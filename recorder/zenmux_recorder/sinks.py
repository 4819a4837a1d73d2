"""The interface of sinks, to which lines are delivered."""

from collections.abc import Sequence
from typing import Protocol


class Undelivered(Exception):
    """Some lines could not be delivered.

    `reason`: for the log. `delivered`: how many lines were delivered, from the first. `is_final`:
    don't retry. `retry_after`: minimum seconds to wait.
    """

    def __init__(
        self,
        reason: str,
        delivered: int = 0,
        *,
        is_final: bool = False,
        retry_after: float = 0.0,
    ) -> None:
        """Store the details of the failure."""
        super().__init__(reason)
        self.reason = reason
        self.delivered = delivered
        self.is_final = is_final
        self.retry_after = retry_after


class Sink(Protocol):
    """A destination of lines, called from one thread.

    `batch_lines`: maximum lines per batch. `linger_seconds`: how long a line may wait for others.
    """

    batch_lines: int
    linger_seconds: float

    def write(self, lines: Sequence[bytes]) -> int:
        """Deliver lines; return how many of them the receiver rejected as invalid.

        Raises `Undelivered`.
        """

    def close(self) -> None:
        """Release all resources."""
