"""What a sink is: where lines are delivered to."""

from collections.abc import Sequence
from typing import Protocol


class Undelivered(Exception):
    """Some lines could not be delivered.

    `reason`: said in the log. `delivered`: how many of the lines were, from the first. `is_final`:
    trying again is useless. `retry_after`: seconds to wait at least.
    """

    def __init__(
        self,
        reason: str,
        delivered: int = 0,
        *,
        is_final: bool = False,
        retry_after: float = 0.0,
    ) -> None:
        """Make one."""
        super().__init__(reason)
        self.reason = reason
        self.delivered = delivered
        self.is_final = is_final
        self.retry_after = retry_after


class Sink(Protocol):
    """Where lines are delivered to, by one thread.

    `batch_lines`: how many lines it takes at once. `linger_seconds`: how long a line may wait for
    others to come.
    """

    batch_lines: int
    linger_seconds: float

    def write(self, lines: Sequence[bytes]) -> int:
        """Deliver lines; return how many of them are no valid records to the receiver.

        Raises `Undelivered`.
        """

    def close(self) -> None:
        """Release what it holds."""
