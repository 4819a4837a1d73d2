"""Bisect a batch whose content the ledger refuses, until the line at fault is found.

Uncommitted blocks are counted again in smaller batches. A line that can't be committed alone is
skipped and counts as `unstorable`.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ..sources import Block

# Lines of a batch that is counted again; it stays in memory until it is committed.
_MAX_LINES = 1 << 12
# Bytes of standard input in a batch; uncommitted ones stay in memory as they can't be read again.
_MAX_BYTES = 1 << 26


@dataclass(slots=True)
class BatchContent:
    """A batch to count again if it is refused; `passed`: lines that count as `unstorable`."""

    blocks: list[Block] = field(default_factory=list)
    size: int = 0
    lines: int = 0
    passed: int = 0


class Bisection:
    """Blocks to count again, in batches whose size depends on the ledger's refusals."""

    def __init__(self) -> None:
        """Start with nothing refused."""
        self.counting = BatchContent()
        self.committing = BatchContent()
        self._again: deque[Block] = deque()
        self._limit = 0  # lines of a batch; 0: no limit
        self._left = 0  # lines still to be counted in small batches

    @property
    def is_on(self) -> bool:
        """Whether batches are limited."""
        return self._limit > 0

    @property
    def is_empty(self) -> bool:
        """Whether no block is left to count again."""
        return not self._again

    @property
    def is_full(self) -> bool:
        """Whether the batch being counted should be committed."""
        return self.counting.size >= _MAX_BYTES or (self.is_on and not self._room())

    def _room(self) -> int:
        return max(0, self._limit - self.counting.lines - self.counting.passed)

    def take(self) -> Block | None:
        """Return the next block to count again, no longer than the batch has room for."""
        return self.fit(self._again.popleft()) if self._again else None

    def fit(self, block: Block) -> Block:
        """Return the part of a block that the batch has room for; keep the rest for later."""
        if self.is_on and not block.is_replayed:
            block, rest = block.cut(self._room())
            if rest is not None:
                self._again.appendleft(rest)
        return block

    def counted(self, block: Block, lines: int) -> None:
        """Note a counted block; keep it if it can only be counted again from memory."""
        self.counting.lines += lines
        self.counting.passed += block.unstorable
        if self.is_on or not (block.position or block.messages):
            self.counting.blocks.append(block)
            self.counting.size += len(block.text)

    def built(self) -> None:
        """Note that the counted batch is being committed."""
        self.committing, self.counting = self.counting, BatchContent()

    def committed(self) -> None:
        """Note that the commit succeeded: the next batch may be larger."""
        if self.is_on:
            self._limit = min(2 * self._limit, _MAX_LINES)
            self._left -= self.committing.lines + self.committing.passed
            if self._left <= 0 and not self._again:
                self._limit = 0
        self.committing = BatchContent()

    def refused(self, is_known: Callable[[str], bool]) -> Block | None:
        """Plan to count the batch again; return the line at fault once it is the only one.

        `is_known`: whether a source is still configured.
        """
        refused = self.committing
        blocks = [b for b in (*refused.blocks, *self.counting.blocks) if is_known(b.source)]
        alone = self.is_on and refused.lines == 1
        found = next((b for b in blocks if alone and _is_counted(b)), None)
        if found is not None:
            # Read it nevertheless: its end may be the beginning of the next record.
            passed = replace(found, unstorable=1)
            blocks = [passed if block is found else block for block in blocks]
            self._limit = 1
        else:
            self._left = max(self._left, refused.lines + self.counting.lines)
            self._limit = max(1, min(refused.lines // 2, _MAX_LINES))
        self._again.extendleft(reversed(blocks))
        self.committing, self.counting = BatchContent(), BatchContent()
        return found


def _is_counted(block: Block) -> bool:
    return bool(block.text) and not (block.is_replayed or block.unstorable)
