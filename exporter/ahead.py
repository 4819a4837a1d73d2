"""Reading ahead: the follower's blocks in order, far behind with what a crew read in them.

Blocks come out as they went in, so what is counted, and which positions are committed with it, is
the same with a crew as without.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from .crew import Crew, Found, cores, is_possible, reading
from .decode import Decoder
from .logs import get
from .sources import Block, Follower

# A crew takes a third of a second to start: nothing beside this much to read.
_FAR_BYTES = 1 << 26
# With this process itself they are three, which is more than one can count.
_HANDS = 2
_AHEAD = 16
_SLICE_SECONDS = 0.005


@dataclass(slots=True)
class _Item:
    """A block read before its turn, and what its lines say where somebody has begun to look."""

    block: Block
    is_theirs: bool
    reading: Future[Found | None] | None = None
    found: Found | None = None


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
        self._hands = min(hands, cores() - 1) if is_possible() else 0
        self._decoder = Decoder()
        self._items: deque[_Item] = deque()
        self._more: asyncio.Future[list[_Item]] | None = None
        self._crew: Crew | None = None

    @property
    def is_empty(self) -> bool:
        """Whether every block that was read has been given out."""
        return not self._items and self._more is None

    def adapt(self, lag: int) -> None:
        """Call a crew where much is left to read and cores are there; let it go at the end."""
        if self._crew is None and lag >= _FAR_BYTES and self._hands > 0:
            self._crew = Crew(self._hands)
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
        crew = self._crew
        if crew is None and self.is_empty:
            return (None if drain else await self._call(self._follower.read)), None
        if crew is not None:
            crew.listen(asyncio.get_running_loop())
            if self._more is None and len(self._items) <= _AHEAD // 2 and not drain:
                # While these are read, those that were read before are counted.
                self._more = asyncio.ensure_future(self._call(self._read_some))
        if self._more is not None and (self._more.done() or not self._items):
            more, self._more = self._more, None
            self._items.extend(await more)
        if crew is not None:
            crew.poll()
        self._deal()
        if not self._items:
            return None, None
        item = self._items.popleft()
        return item.block, item.found or await self._answer(item)

    def _read_some(self) -> list[_Item]:
        items: list[_Item] = []
        while len(items) < _AHEAD // 2:
            block = self._follower.read()
            if block is None:
                break
            is_theirs = bool(block.text) and block.utf8 and self._is_plain(block.source)
            items.append(_Item(block, is_theirs))
        return items

    def _free(self) -> Iterator[_Item]:
        """The blocks that nobody reads yet."""
        return (i for i in self._items if i.is_theirs and i.reading is None and i.found is None)

    def _deal(self, _done: object = None) -> None:
        """Give hands what they have room for: the blocks whose turn comes first."""
        crew = self._crew
        while crew is not None and crew.is_idle:
            item = next(self._free(), None)
            if item is None:
                return
            item.reading = crew.read(item.block.text)
            item.reading.add_done_callback(self._deal)

    async def _answer(self, item: _Item) -> Found | None:
        """What a hand has read, if one has; until then the last of the blocks is read here."""
        if item.reading is None:
            return None
        while not item.reading.done():
            last = deque(self._free(), maxlen=1)
            if not last:
                break
            await self._help(last[0])
        return await asyncio.wrap_future(item.reading)

    async def _help(self, item: _Item) -> None:
        item.is_theirs = False
        steps = reading(self._decoder, item.block.text)
        pause = time.monotonic() + _SLICE_SECONDS
        while True:
            if self._crew is not None:
                self._crew.poll()
            try:
                next(steps)
            except StopIteration as end:
                item.found = end.value
                return
            if time.monotonic() >= pause:
                await asyncio.sleep(0)
                pause = time.monotonic() + _SLICE_SECONDS
