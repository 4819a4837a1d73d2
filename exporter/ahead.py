"""Reading ahead: the follower's blocks in order, far behind with what a crew read in them.

Blocks come out as they went in, so what is counted, and which positions are committed with it, is
the same with a crew as without.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Any

from .crew import Crew, Found, cores, is_possible
from .logs import get
from .sources import Block, Follower

# A crew takes a third of a second to start: nothing beside this much to read.
_FAR_BYTES = 1 << 26
# More than two read faster than one can count.
_HANDS = 2
_AHEAD = 16

_Ahead = tuple[Block, Future[Found | None] | None]

log = get(__name__)


class Ahead:
    """The blocks to come, at most a few of them read before their turn."""

    def __init__(
        self,
        follower: Follower,
        call: Callable[..., Awaitable[Any]],
        is_plain: Callable[[str], bool],
        *,
        hands: int = _HANDS,
    ) -> None:
        """`call` runs the follower where files are read; `is_plain` tells a crew's sources.

        With no hands there never is a crew.
        """
        self._follower = follower
        self._call = call
        self._is_plain = is_plain
        self._hands = min(hands, cores()) if is_possible() else 0
        self._blocks: deque[_Ahead] = deque()
        self._more: asyncio.Future[list[_Ahead]] | None = None
        self._crew: Crew | None = None

    @property
    def is_empty(self) -> bool:
        """Whether every block that was read has been given out."""
        return not self._blocks and self._more is None

    def adapt(self, lag: int) -> None:
        """Call a crew where much is left to read and cores are there; let it go at the end."""
        if self._crew is None and lag >= _FAR_BYTES and self._hands > 1:
            self._crew = Crew(self._hands, _AHEAD)
            log.info("far behind: reading on several cores", bytes=lag)
        elif self._crew is not None and lag == 0 and self.is_empty:
            self.close()

    def close(self) -> None:
        """Let the crew go."""
        crew, self._crew = self._crew, None
        if self._more is not None:
            self._more.cancel()
        if crew is not None:
            crew.close()

    async def next(self, *, drain: bool = False) -> tuple[Block | None, Found | None]:
        """The next block, None where nothing is left; `drain` reads no further ones."""
        if self._crew is None and self.is_empty:
            return (None if drain else await self._call(self._follower.read)), None
        if self._crew is not None:
            self._crew.listen(asyncio.get_running_loop())
        is_low = len(self._blocks) <= _AHEAD // 2
        if self._crew is not None and self._more is None and is_low and not drain:
            # While these are read, those that were read before are counted.
            self._more = asyncio.ensure_future(self._call(self._read_some, self._crew))
        if self._more is not None and (self._more.done() or not self._blocks):
            more, self._more = self._more, None
            self._blocks.extend(await more)
        if not self._blocks:
            return None, None
        block, reading = self._blocks.popleft()
        if reading is None:
            return block, None
        return block, await asyncio.wrap_future(reading)

    def _read_some(self, crew: Crew) -> list[_Ahead]:
        blocks: list[_Ahead] = []
        while len(blocks) < _AHEAD // 2:
            block = self._follower.read()
            if block is None:
                break
            is_theirs = block.text and block.utf8 and self._is_plain(block.source)
            blocks.append((block, crew.read(block.text) if is_theirs else None))
        return blocks
