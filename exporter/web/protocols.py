"""The interfaces of the pipeline that the HTTP handlers use."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from ..metrics.published import PublishedState
from ..pipeline.first_lines import FirstLines
from ..pipeline.pushes import Pushes
from ..pipeline.queries import Queries
from ..receipts import Receipt
from ..sources import Body, FileStatus, SourceStatus


class GenerationIds(Protocol):
    """A source of generation ids."""

    @property
    def name(self) -> str:
        """The source's name."""

    @property
    def files(self) -> Sequence[FileStatus]:
        """How far each file of ids is read."""

    @property
    def numbers(self) -> Mapping[str, int]:
        """The number of open ids, and of the others by result since the start."""

    async def receive(self, body: Body) -> Receipt:
        """Store pushed ids; on return they are durable.

        Raises `FullError` if too many are waiting, and `UnansweredError` if they can't be stored.
        """


class Pipeline(Protocol):
    """The one writer of the ledger and of the published state."""

    @property
    def state(self) -> PublishedState:
        """The state that scrapes show; read it while holding the lock."""

    @property
    def lock(self) -> asyncio.Lock:
        """Held while a delta is published and while the state is rendered."""

    @property
    def counted_existing(self) -> bool:
        """Whether the content that existed at the first start has been counted."""

    @property
    def trouble(self) -> str:
        """Why nothing can be committed at the moment; empty if commits work."""

    @property
    def files(self) -> Sequence[FileStatus]:
        """How far each file is read."""

    @property
    def source_status(self) -> Iterable[SourceStatus]:
        """How far each source is read."""

    @property
    def first_lines(self) -> FirstLines:
        """How the lines of each source were counted since the start."""

    @property
    def pushes(self) -> Pushes:
        """The batches that clients push."""

    @property
    def queries(self) -> Queries:
        """Queries on the ledger."""

    async def acknowledge(self, scraper: str, shown: int) -> None:
        """Record that a scraper got a complete response with the series up to `shown`.

        Its cursor is made durable before the state takes it over.
        """
