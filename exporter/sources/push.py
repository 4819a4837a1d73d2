"""Pushed batches as a source: each waits in memory until it is read as one block."""

import asyncio
import contextlib
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace

from ..errors import Reason
from ..receipts import ERRORS_KEPT, Receipt
from .bodies import Body
from .model import Block, FileStatus
from .receiver import Errors


class Ticket:
    """A pushed batch in progress; used in the event loop.

    `counted`: its results so far; `committed`: the durable ones. `answer`: its receipt once it is
    counted and durable, or None if that will stay unknown. `is_withdrawn`: it was not counted and
    never will be.
    """

    def __init__(self, body: Body, receipt: Receipt) -> None:
        """`receipt`: the progress of an earlier process."""
        self.body = body
        self.counted = self.committed = receipt
        self.is_withdrawn = False
        self.answer: asyncio.Future[Receipt | None] = asyncio.get_running_loop().create_future()

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
        before = self.counted
        merged = dict(before.results)
        for result, number in results.items():
            merged[result] = merged.get(result, 0) + number
        self.counted = replace(
            before,
            offset=span[1],
            resume=resume,
            is_done=is_done,
            results=merged,
            errors=(*before.errors, *self._errors(span, errors))[:ERRORS_KEPT],
        )
        return self.counted

    def _errors(self, span: tuple[int, int], errors: Errors) -> list[tuple[int, str]]:
        """Return the errors in order, with line numbers in place of offsets."""
        errors = sorted(errors)
        numbers = self.body.numbered(offset for offset, _ in errors)
        found = [(number, one[1].value) for number, one in zip(numbers, errors, strict=True)]
        start, end = span
        reason = Reason.line_too_long.value
        found += [(n, reason) for at, n in self.body.too_long if start <= at < end]
        return sorted(found)

    def take_back(self) -> None:
        """Forget what was counted since the last commit."""
        self.counted = self.committed

    def commit(self, receipt: Receipt) -> None:
        """Note that everything up to this receipt is durable."""
        self.committed = receipt
        if receipt.is_done:
            self.end(receipt)

    def end(self, receipt: Receipt | None) -> None:
        """Set the answer, unless it is set already."""
        if not self.answer.done():
            self.answer.set_result(receipt)

    def blocks(self) -> tuple[Block, ...]:
        """Return the lines still to count, preceded by those to read again for them."""
        block, receipt = replace(self.body.block, ticket=self), self.committed
        if not receipt.offset:
            return (block,)
        starts = block.starts
        counted = bisect_left(starts, receipt.offset)
        again = counted
        if receipt.resume is not None:
            # A record may begin within a line.
            again = max(0, bisect_left(starts, receipt.resume + 1) - 1)
        rest = _without(block, again)
        if again == counted:
            return (rest,)
        replayed, _ = rest.cut(counted - again)
        return replace(replayed, is_replayed=True), _without(block, counted)


def _without(block: Block, lines: int) -> Block:
    """Return a block without some first lines; it must have more lines."""
    rest = block.cut(lines)[1] if lines else block
    assert rest is not None  # a batch whose last line is counted is done
    return rest


class Inbox:
    """Waiting batches of all push sources: put by the event loop, read by a thread."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """Start empty; `clock` returns Unix seconds."""
        self._clock = clock
        self._waiting: deque[Ticket] = deque()
        self._blocks: deque[Block] = deque()
        self._paths: Mapping[str, str] = {}
        self._read: dict[str, tuple[int, float]] = {}

    def configure(self, paths: Mapping[str, str]) -> None:
        """Set the sources, with the paths to show; drop partly read batches of others."""
        self._paths = dict(paths)
        self._read = {name: self._read.get(name, (0, 0.0)) for name in paths}
        self._blocks = deque(block for block in self._blocks if block.source in self._read)

    def put(self, ticket: Ticket) -> None:
        """Add a batch."""
        self._waiting.append(ticket)

    def withdraw(self, ticket: Ticket) -> bool:
        """Remove a batch; return False if it is already being counted."""
        with contextlib.suppress(ValueError):
            self._waiting.remove(ticket)
            ticket.is_withdrawn = True
        return ticket.is_withdrawn

    def poll(self) -> None:
        """Do nothing: `read` notices new batches."""

    def read(self, _limit: int) -> Block | None:
        """Return the next block, None if nothing waits."""
        if not self._blocks:
            try:
                self._blocks.extend(self._waiting.popleft().blocks())
            except IndexError:
                return None
        block = self._blocks.popleft()
        if not block.is_replayed:
            size, _ = self._read[block.source]
            self._read[block.source] = size + block.size, self._clock()
        return block

    def status(self) -> tuple[FileStatus, ...]:
        """Return how much of each source was read and how much waits."""
        lag = dict.fromkeys(self._read, 0)
        for ticket in [*self._waiting]:
            block = ticket.body.block
            lag[block.source] = lag.get(block.source, 0) + block.size
        return tuple(
            FileStatus(name, self._paths[name], size, lag[name], last_read, "")
            for name, (size, last_read) in self._read.items()
        )

    def close(self) -> None:
        """Do nothing: there is nothing to close."""
