"""Serve a published state over HTTP, with a ledger but no sources: tests publish deltas."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from exporter.config import Config, Storage, Web
from exporter.counting.deduplication import DeduplicationIndex
from exporter.counting.delta import Delta
from exporter.errors import ExporterError
from exporter.ledger.open import open_ledger
from exporter.metrics.process import ProcessMetrics
from exporter.metrics.published import PublishedState
from exporter.pipeline.commits import Commits
from exporter.pipeline.first_lines import FirstLines
from exporter.pipeline.pushes import Pushes
from exporter.pipeline.queries import Queries
from exporter.sources import FileStatus, Inbox, SourceStatus
from exporter.web.limits import Limits
from exporter.web.routes import Reload
from exporter.web.serving import HttpServer

NOW = 1_793_491_200.0
NOW_MS = int(NOW * 1000)


class Published:
    """The part of a pipeline that the HTTP server needs; the test publishes deltas."""

    def __init__(self, directory: Path, compensated_limit: int = 10) -> None:
        """Open and restore the ledger in a directory."""
        opened = open_ledger(Storage(path=directory, compensated_requests=compensated_limit))
        self.ledger = opened.ledger
        self.state = PublishedState.restore(opened.restored, compensated_limit, NOW_MS)
        self.lock = asyncio.Lock()
        self.counted_existing = True
        self.trouble = ""
        self.files: Sequence[FileStatus] = ()
        self.source_status: Sequence[SourceStatus] = ()
        self.first_lines = FirstLines()
        self.given_up: list[ExporterError] = []
        self.thread = ThreadPoolExecutor(1, "ledger")
        self.ids = DeduplicationIndex(1000)
        self.queries = Queries(self.ledger, self.thread, lambda: self.ids, Commits())
        self.inbox = Inbox()
        self.pushes = Pushes(
            Config(Storage(path=directory)),
            self.inbox,
            self.ledger,
            self.thread,
            lambda: self.trouble,
        )

    def publish(self, delta: Delta) -> None:
        """Commit and publish a delta."""
        self.state.publish(self.ledger.commit(delta), NOW_MS)

    async def acknowledge(self, scraper: str, shown: int) -> None:
        """Make a scraper's cursor durable, then apply it."""
        update = self.state.cursor_update(scraper, shown, NOW_MS)
        if update is not None:
            self.ledger.save_cursor(update.scraper, update.cursor, update.forgotten)
        self.state.acknowledge(update)


@contextlib.asynccontextmanager
async def serving(
    pipeline: Published,
    reload: Reload | None = None,
    limits: Limits | None = None,
    settings: Web | None = None,
    process: ProcessMetrics | None = None,
    listen_address: str = "127.0.0.1:0",
) -> AsyncIterator[str]:
    """Serve a published state; yield its URL."""
    server = HttpServer(
        pipeline,
        process or ProcessMetrics(demo=False),
        pipeline.given_up.append,
        reload=reload,
        limits=limits,
        clock=lambda: NOW,
    )
    settings = replace(settings or Web(), listen_address=listen_address)
    try:
        async with server.listening(settings) as (host, port):
            yield f"{'https' if settings.config_file else 'http'}://{host}:{port}"
    finally:
        pipeline.ledger.close()
