"""Track which counts are durable, and wait until they are; for the event loop."""

import asyncio


class Commits:
    """Commits of what is counted, one at a time."""

    def __init__(self) -> None:
        """Start with a commit due, whatever is counted."""
        self.is_due = True  # whether something counted is not part of a commit yet
        self._begun = self._ended = self._losses = 0
        self._change = asyncio.Event()

    def begin(self) -> None:
        """Note that everything counted so far is being committed."""
        self.is_due = False
        self._begun += 1

    def end(self) -> None:
        """Note that the commit is durable."""
        self._ended = self._begun
        self._change.set()
        self._change = asyncio.Event()

    def lose(self) -> None:
        """Note that everything counted since the last commit was rolled back."""
        self.is_due = False
        self._losses += 1
        self.end()

    async def wait(self) -> bool:
        """Wait until what is counted now is durable; return False if it was rolled back."""
        wanted, losses = self._begun + self.is_due, self._losses
        while self._ended < wanted and self._losses == losses:
            await self._change.wait()
        return self._losses == losses
