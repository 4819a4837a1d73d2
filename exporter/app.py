"""The composition root: a configuration in, a serving process; every task in one group."""

import asyncio
import contextlib
import gc
import signal
import time
from collections.abc import AsyncIterator, Callable

from aiohttp import web

from .config import Config
from .errors import ExporterError
from .ledger.load import load_positions
from .ledger.store import open_ledger
from .logs import get
from .pipeline import Pipeline
from .process import ProcessMetrics
from .sources import Follower, Position, SourceSpec
from .web import View, make_app

_LAG_INTERVAL = 0.1
_SHUTDOWN_SECONDS = 2.0

log = get(__name__)


class Exporter:
    """The parts of a running exporter, wired."""

    def __init__(self, config: Config, *, demo: bool = False) -> None:
        """Nothing is read or listened to yet."""
        specs = [
            SourceSpec(source.name, source.path or "-", source.start_at)
            for source in config.sources
        ]
        self._config = config
        self.process = ProcessMetrics(demo=demo)
        storage = config.storage
        self._ledger = open_ledger(
            storage.path,
            on_corruption=storage.on_corruption,
            payout_window=storage.payout_window,
        )
        positions = load_positions(self._ledger, Position)
        self._follower = Follower(specs, positions, storage.max_line_bytes, time.time)
        self.pipeline = Pipeline(config, self._follower, self._ledger, self.process)
        self.view = View(
            state=self.pipeline.state,
            lock=self.pipeline.lock,
            process=self.process,
            not_ready=self.not_ready,
            files=lambda: self.pipeline.files,
            refresh=self.refresh,
            show_requests=lambda: self.pipeline.counted_existing,
        )

    def not_ready(self) -> str:
        """Why the totals are not complete; empty where they are."""
        if self.pipeline.trouble:
            return self.pipeline.trouble
        return "" if self.pipeline.counted_existing else "existing content is being counted"

    def refresh(self) -> None:
        """Bring the process's gauges up to date."""
        self.process.set_ready(not self.not_ready())
        self.process.set_sources(self._follower.source_status(self.pipeline.files))

    async def run(self, stop: asyncio.Event, started: Callable[[str], None]) -> None:
        """Serve until `stop` is set; `started` gets the address once it listens."""
        # What start-up made stays for ever: the collector need not look at it again.
        gc.freeze()
        async with self._listening() as address, asyncio.TaskGroup() as group:
            started(address)
            tasks = [
                group.create_task(self.pipeline.run()),
                group.create_task(self._watch_loop()),
            ]
            await stop.wait()
            for task in tasks:
                task.cancel()
        self.close()

    def close(self) -> None:
        """Let go of files and ledger."""
        self.pipeline.close()
        self._follower.close()
        self._ledger.close()

    @contextlib.asynccontextmanager
    async def _listening(self) -> AsyncIterator[str]:
        runner = web.AppRunner(
            make_app(self.view), access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS
        )
        await runner.setup()
        settings = self._config.web
        site = web.TCPSite(runner, settings.host, settings.port)
        try:
            await site.start()
        except OSError as error:
            await runner.cleanup()
            reason = error.strerror or error
            raise ExporterError(f"cannot listen on {settings.listen_address}: {reason}") from error
        host, port = runner.addresses[0][:2]
        try:
            yield f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        finally:
            await runner.cleanup()

    async def _watch_loop(self) -> None:
        """Measure how late the loop runs a timer."""
        while True:
            due = time.monotonic() + _LAG_INTERVAL
            await asyncio.sleep(_LAG_INTERVAL)
            self.process.observe_loop_lag(max(0.0, time.monotonic() - due))


async def serve(config: Config, *, demo: bool = False) -> None:
    """Run until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    exporter = Exporter(config, demo=demo)
    await exporter.run(stop, lambda address: log.info("listening", address=address, always=True))
    log.info("stopped", always=True)
