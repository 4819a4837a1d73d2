"""The composition root: a configuration in, a serving process; every task in one group."""

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine

from aiohttp import web

from . import memory
from .config import Config
from .errors import ConfigError, ExporterError
from .ledger.opening import open_storage
from .logs import get
from .pipeline import Pipeline, specs
from .process import ProcessMetrics
from .sources import Follower, Position
from .web import Turns, View, make_app

_LAG_INTERVAL = 0.1
_SHUTDOWN_SECONDS = 2.0

log = get(__name__)


class Exporter:
    """The parts of a running exporter, wired."""

    def __init__(
        self, config: Config, load: Callable[[], Config] | None = None, *, demo: bool = False
    ) -> None:
        """Nothing is read or listened to yet; `load` reads the configuration anew."""
        self._config = config
        self._load = load or (lambda: config)
        self.process = ProcessMetrics(demo=demo)
        opened = open_storage(config, Position)
        self._ledger = opened.ledger
        self._follower = Follower(
            specs(config), opened.positions, config.storage.max_line_bytes, time.time
        )
        self.pipeline = Pipeline(config, self._follower, opened, self.process)
        self.view = View(
            state=self.pipeline.state,
            lock=self.pipeline.lock,
            process=self.process,
            not_ready=self.not_ready,
            files=lambda: self.pipeline.files,
            refresh=self.refresh,
            show_requests=lambda: self.pipeline.counted_existing,
            reload=self.reload if config.web.enable_lifecycle else None,
            shown=self._shown,
            visited=self.pipeline.visited,
            turns=Turns(),
            compensations=self.pipeline.compensations,
        )

    def reload(self) -> str:
        """Load the configuration anew; why it was not taken, empty where it was."""
        faults: tuple[str, ...]
        try:
            config = self._load()
            faults = _fixed(self._config, config)
        except ConfigError as error:
            faults = error.faults
        self.process.set_reloaded(successful=not faults)
        if faults:
            log.warning("configuration not reloaded", faults="; ".join(faults), always=True)
            return "\n".join(faults)
        self._config = config
        self.pipeline.reload(config)
        log.info("configuration reloaded", always=True)
        return ""

    def _shown(self, scraper: str) -> int | None:
        state = self.pipeline.state
        return state.scrapers.mark(scraper, int(time.time() * 1000), state.last_birth)

    def not_ready(self) -> str:
        """Why the totals are not complete; empty where they are."""
        if self.pipeline.trouble:
            return self.pipeline.trouble
        return "" if self.pipeline.counted_existing else "existing content is being counted"

    def refresh(self) -> None:
        """Bring the process's gauges up to date."""
        self.process.set_ready(not self.not_ready())
        self.process.set_sources(self._follower.source_status(self.pipeline.files))

    async def run(
        self,
        stop: asyncio.Event,
        started: Callable[[str], None],
        beside: Coroutine[None, None, None] | None = None,
    ) -> None:
        """Serve until `stop` is set; `started` gets the address; `beside` runs along."""
        memory.settle()
        work = [self.pipeline.run(), self._watch_loop(), *([beside] if beside else [])]
        try:
            async with self._listening() as address, asyncio.TaskGroup() as group:
                started(address)
                tasks = [group.create_task(one) for one in work]
                await stop.wait()
                for task in tasks:
                    task.cancel()
        except ExceptionGroup as failed:
            # What a user can mend is told in one line; anything else is a crash.
            told = [one for one in failed.exceptions if isinstance(one, ExporterError)]
            raise (told[0] if told else failed) from failed
        finally:
            for one in work:
                one.close()
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


def _fixed(old: Config, new: Config) -> tuple[str, ...]:
    """What a reload can't change."""
    return tuple(
        f"{name}: a change needs a restart"
        for name in ("storage", "web", "buckets")
        if getattr(old, name) != getattr(new, name)
    )


async def serve(
    config: Config,
    load: Callable[[], Config] | None = None,
    *,
    demo: bool = False,
    beside: Coroutine[None, None, None] | None = None,
) -> None:
    """Run until SIGTERM or SIGINT; `beside` is a task that runs along."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    exporter = Exporter(config, load, demo=demo)
    loop.add_signal_handler(signal.SIGHUP, exporter.reload)
    await exporter.run(
        stop, lambda address: log.info("listening", address=address, always=True), beside
    )
    log.info("stopped", always=True)
