"""The composition root: wire the parts, reload the configuration, run until stopped."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import partial

from . import memory
from .account import AccountPoller
from .config import Config, Source
from .errors import ConfigError, ExporterError
from .generations import Resolver
from .ledger.open import open_ledger
from .logs import get
from .metrics.process import ProcessMetrics
from .pipeline.ingest import specs
from .pipeline.loop import Pipeline
from .service_manager import ServiceManager
from .sources import Sources
from .starting import tell_address, tell_start
from .web.health import unready_reason
from .web.serving import HttpServer

_LAG_INTERVAL = 0.1
# A quarter of the size at which the file of answers is rotated.
_MOST_BEHIND = 16 << 20

log = get(__name__)


class Exporter:
    """A running exporter."""

    def __init__(
        self,
        config: Config,
        load: Callable[[], Config] | None = None,
        *,
        demo: bool = False,
        manager: ServiceManager | None = None,
    ) -> None:
        """Open the ledger, without reading sources or listening yet.

        `load` reads the configuration again on a reload; `manager` is notified of each state.
        """
        self._manager = manager or ServiceManager({})
        self._config = config
        self._load = load or (lambda: config)
        self._failure: asyncio.Future[None] | None = None
        self.process = ProcessMetrics(demo=demo)
        self._account = AccountPoller(config, config.account) if config.account else None
        if self._account is not None:
            self.process.show_before(self._account.render)
        self._caught_up: set[str] = set()  # sources whose answers were read to their end once
        with contextlib.ExitStack() as failed:
            opened = open_ledger(config.storage)
            self._ledger = opened.ledger
            failed.callback(self._ledger.close)
            self.process.set_ledger_created(self._ledger.created_us)
            positions = opened.restored.positions
            storage = config.storage
            self._sources = Sources(
                specs(config),
                positions,
                storage.max_line_bytes,
                time.time,
                storage.max_files,
                opened.restored.offsets,
                f"ledger {self._ledger.created_us}",
            )
            self.pipeline = Pipeline(config, self._sources, opened, self.process)
            failed.callback(self.pipeline.close)
            self._resolvers = self._new_resolvers(config)
            failed.pop_all()

    def _new_resolvers(self, config: Config) -> list[Resolver]:
        """Return a resolver for each source of generation ids; this creates its file."""
        account, limit = config.account, config.storage.max_line_bytes
        if account is None or self._account is None:
            return []
        health, counted = self._account.health, self.pipeline.queries
        try:
            found = [
                Resolver(
                    source,
                    account,
                    health,
                    limit,
                    counted,
                    is_behind=partial(self._is_behind, source.name),
                )
                for source in _of_ids(config)
            ]
        except OSError as error:
            raise ExporterError(f"{error.filename}: {error.strerror}") from error
        for one in found:
            self._account.show(one.samples)
        return found

    def _is_behind(self, source: str) -> bool:
        """Return True if a source has much left to read, or if commits fail.

        After a start it must be read to its end first, so that no answered id is requested again.
        """
        pipeline = self.pipeline
        lags = [one.lag_bytes for one in pipeline.files if one.source == source]
        if lags and not sum(lags):
            self._caught_up.add(source)
        most = _MOST_BEHIND if source in self._caught_up else 0
        return bool(pipeline.trouble) or not lags or sum(lags) > most

    def reload(self) -> str:
        """Reload the configuration; return why it was refused, empty if it was not."""
        with self._manager.reloading():
            return self._reloaded()

    def _reloaded(self) -> str:
        faults: tuple[str, ...]
        try:
            config = self._load()
            faults = _needing_restart(self._config, config)
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

    async def run(
        self,
        stop: asyncio.Event,
        started: Callable[[str], None],
        background: Coroutine[None, None, None] | None = None,
    ) -> None:
        """Serve until `stop` is set.

        `started` is called with the address. `background` is a further task to run.
        """
        memory.tune()
        work = [self.pipeline.run(), self._measure_lag(), *([background] if background else [])]
        if self._account is not None:
            work += [self._account.run(), *(one.run() for one in self._resolvers)]
        try:
            async with self._listening() as address, asyncio.TaskGroup() as group:
                started(address)
                work.append(self._attended(address))
                tasks = [group.create_task(one) for one in work]
                await self._stopped(stop)
                self._manager.stopping()
                await self.pipeline.pushes.stop()
                for task in tasks:
                    task.cancel()
        except ExceptionGroup as failed:
            # An error that the user can fix becomes one line; anything else is a crash.
            known = [one for one in failed.exceptions if isinstance(one, ExporterError)]
            raise (known[0] if known else failed) from failed
        finally:
            for one in work:
                one.close()
            self.close()

    def _attended(self, address: str) -> Coroutine[None, None, None]:
        """Return the task that notifies the service manager."""
        return self._manager.attend(
            lambda: unready_reason(self.pipeline), f"serving http://{address}/metrics"
        )

    async def _stopped(self, stop: asyncio.Event) -> None:
        """Wait until `stop` is set; raises the error passed to `_give_up`."""
        failure = self._failure = asyncio.get_running_loop().create_future()
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait((stopping, failure), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if failure.done():
            failure.result()

    def close(self) -> None:
        """Close files and ledger."""
        self.pipeline.close()
        self._sources.close()
        for one in self._resolvers:
            one.close()
        self._ledger.close()

    @contextlib.asynccontextmanager
    async def _listening(self) -> AsyncIterator[str]:
        web = self._config.web
        reload = self.reload if web.enable_lifecycle else None
        server = HttpServer(
            self.pipeline, self.process, self._give_up, reload=reload, ids=self._resolvers
        )
        async with server.listening(web) as (host, port):
            yield f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def _give_up(self, error: ExporterError) -> None:
        """End the run with an error."""
        if self._failure is not None and not self._failure.done():
            self._failure.set_exception(error)

    async def _measure_lag(self) -> None:
        """Measure how late the event loop runs a timer."""
        while True:
            due = time.monotonic() + _LAG_INTERVAL
            await asyncio.sleep(_LAG_INTERVAL)
            self.process.observe_loop_lag(max(0.0, time.monotonic() - due))


def _needing_restart(old: Config, new: Config) -> tuple[str, ...]:
    """Return a fault for each changed section that a reload can't apply."""
    changed = [
        name
        for name in ("storage", "web", "buckets", "account")
        if getattr(old, name) != getattr(new, name)
    ]
    if _of_ids(old) != _of_ids(new):
        changed.append("generation_ids sources")
    if _of_kafka(old) != _of_kafka(new):
        changed.append("kafka sources")
    return tuple(f"{name}: a change needs a restart" for name in changed)


def _of_ids(config: Config) -> list[Source]:
    return [source for source in config.sources if source.type == "generation_ids"]


def _of_kafka(config: Config) -> list[Source]:
    return [source for source in config.sources if source.kafka is not None]


async def serve(
    config: Config,
    load: Callable[[], Config] | None = None,
    *,
    demo: bool = False,
    background: Coroutine[None, None, None] | None = None,
    origin: str = "",
) -> None:
    """Serve until SIGTERM or SIGINT.

    `background` is a further task to run, `origin` the configuration file.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def reload() -> None:
        exporter.reload()

    # Before the ledger is opened, which may take seconds: a SIGHUP then waits for the loop.
    loop.add_signal_handler(signal.SIGHUP, reload)
    tell_start(config, origin)
    exporter = Exporter(config, load, demo=demo, manager=ServiceManager(os.environ))
    await exporter.run(stop, tell_address, background)
    log.info("stopped", always=True)
