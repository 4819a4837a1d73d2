"""The results of unwrapping."""

from typing import NamedTuple

from ..errors import Reason


class Message(NamedTuple):
    """A program's output, or a part of it, from one wrapped line.

    `text` is None if the line does not contain it. `is_whole`: the message ends with this part.
    """

    stream: str
    text: bytes | None
    time: str | None
    is_whole: bool = True


class Found(NamedTuple):
    """Text that should be one JSON object, and the wrapper's time.

    `reason`: why the text can't be used; it counts as an invalid record.
    """

    text: bytes
    time: str | None = None
    reason: Reason | None = None
