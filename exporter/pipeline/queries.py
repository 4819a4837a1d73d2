"""Queries of the ledger, run in its thread."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from ..counting.deduplication import DeduplicationIndex, key_of
from ..ledger.queries import Filter, Page, compensations
from ..ledger.requests import KnownRequest, known_request
from ..ledger.store import Ledger
from .commits import Commits
from .steps import within


class Queries:
    """Queries of the ledger and of the deduplication index."""

    def __init__(
        self,
        ledger: Ledger,
        thread: ThreadPoolExecutor,
        ids: Callable[[], DeduplicationIndex],
        commits: Commits,
    ) -> None:
        """`thread`: the ledger's. `ids` returns the current index."""
        self._ledger = ledger
        self._thread = thread
        self._ids = ids
        self._commits = commits

    @property
    def path(self) -> Path:
        """The path of the ledger."""
        return self._ledger.path

    async def compensations(self, wanted: Filter) -> Page:
        """Return a page of the stored compensated requests."""
        return await within(self._thread, partial(compensations, self._ledger, wanted))

    async def restored(self) -> None:
        """Wait until ids are restored after a start; then the event loop may use the index."""
        # Restoring them is the thread's first task.
        await within(self._thread, int)

    def flags(self, identity: str) -> int:
        """Return what is counted of an id, 0 if it is unknown; not all of it is durable yet.

        Call it once ids are restored.
        """
        state = self._ids().find(key_of(identity))
        return 0 if state is None else state.flags

    async def committed(self) -> bool:
        """Wait until what is counted now is durable; return False if it was rolled back."""
        return await self._commits.wait()

    async def request(self, identity: str) -> KnownRequest | None:
        """Return what is known about a request, None if it is unknown."""
        await self.restored()
        state = self._ids().find(key_of(identity))
        return await within(self._thread, partial(known_request, self._ledger, identity, state))
