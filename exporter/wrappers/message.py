"""What a wrapper returns."""

from typing import NamedTuple

from ..errors import Reason


class Message(NamedTuple):
    """What a program wrote, as one line of a wrapper tells it.

    `text` is None if the line does not hold it. `is_whole`: the message ends with this part.
    """

    stream: str
    text: bytes | None
    time: str | None
    is_whole: bool = True


class Found(NamedTuple):
    """Text that should be one JSON object, and the wrapper's time.

    `reason`: why there is no text; it counts as an invalid record.
    """

    text: bytes
    time: str | None = None
    reason: Reason | None = None
