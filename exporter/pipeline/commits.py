"""Which counts are durable, and waiting until they are; for the event loop."""

import asyncio


class Commits:
    """Follows what is counted until it is committed; there is one commit at a time."""

    def __init__(self) -> None:
        """The first commit comes whatever is counted."""
        self.is_due = True  # whether something was counted that is in no commit yet
        self._begun = self._ended = self._losses = 0
        self._change = asyncio.Event()

    def begin(self) -> None:
        """All that was counted so far is being committed."""
        self.is_due = False
        self._begun += 1

    def end(self) -> None:
        """What was being committed is durable."""
        self._ended = self._begun
        self._change.set()
        self._change = asyncio.Event()

    def lose(self) -> None:
        """What was counted since the last commit was taken back."""
        self.is_due = False
        self._losses += 1
        self.end()

    async def wait(self) -> bool:
        """Wait until what is counted now is durable; return False if it was taken back."""
        wanted, losses = self._begun + self.is_due, self._losses
        while self._ended < wanted and self._losses == losses:
            await self._change.wait()
        return self._losses == losses
