"""What clients ask of the ledger, read in its thread."""

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
    """Asks the ledger, and the ids of what was counted."""

    def __init__(
        self,
        ledger: Ledger,
        thread: ThreadPoolExecutor,
        ids: Callable[[], DeduplicationIndex],
        commits: Commits,
    ) -> None:
        """`thread`: the ledger's. `ids` gives the index in use."""
        self._ledger = ledger
        self._thread = thread
        self._ids = ids
        self._commits = commits

    @property
    def path(self) -> Path:
        """Where the ledger is."""
        return self._ledger.path

    async def compensations(self, wanted: Filter) -> Page:
        """Return a page of the compensated requests on record."""
        return await within(self._thread, partial(compensations, self._ledger, wanted))

    async def restored(self) -> None:
        """Wait until ids are there after a start; from then on the index is the event loop's."""
        # They come back in this thread first.
        await within(self._thread, int)

    def flags(self, identity: str) -> int:
        """Return what is counted of an id, 0 if it is not known; once they are restored.

        Not all of it is durable yet.
        """
        state = self._ids().find(key_of(identity))
        return 0 if state is None else state.flags

    async def committed(self) -> bool:
        """Wait until what is counted now is durable; return False if it was taken back."""
        return await self._commits.wait()

    async def request(self, identity: str) -> KnownRequest | None:
        """Return what is known of a request; None if it is nothing."""
        await self.restored()
        state = self._ids().find(key_of(identity))
        return await within(self._thread, partial(known_request, self._ledger, identity, state))
