"""Assemble the HTTP server: connections, guard, application and listener."""

import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence

from ..config import Web
from ..errors import ExporterError
from ..metrics.process import ProcessMetrics
from ..otlp import LOGS, TRACES
from .connection import Connections
from .guard import Guard
from .hosts import Hosts, is_loopback
from .intake import Intake
from .limits import Limits
from .memory_guard import MemoryGuard
from .otlp import OtlpHandler
from .page.pages import Pages
from .protocols import GenerationIds, Pipeline
from .push import PATH as PUSH_PATH
from .push import PushHandler
from .routes import Reload, make_app
from .scrape import Scrapes
from .server import listening
from .token import Token
from .web_file import WatchedWebFile


class HttpServer:
    """The HTTP server of a pipeline."""

    def __init__(
        self,
        pipeline: Pipeline,
        process: ProcessMetrics,
        give_up: Callable[[ExporterError], None],
        *,
        reload: Reload | None = None,
        ids: Sequence[GenerationIds] = (),
        limits: Limits | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`give_up` ends the process if memory ran out for good."""
        self._pipeline = pipeline
        self._process = process
        self._give_up = give_up
        self._reload = reload
        self._ids = ids
        self._limits = limits or Limits()
        self._clock = clock

    @contextlib.asynccontextmanager
    async def listening(self, settings: Web) -> AsyncIterator[tuple[str, int]]:
        """Serve; yields host and port. Raises `ExporterError`."""
        connections = Connections(self._limits, self._process.count_refused)
        scrapes = Scrapes(self._pipeline, self._process, connections, self._clock)
        pages = Pages(self._pipeline, self._process, self._ids, self._clock)

        def forget() -> None:
            scrapes.forget()
            pages.forget()

        memory = MemoryGuard(forget, self._give_up)
        with contextlib.ExitStack() as closing:
            closing.callback(scrapes.close)
            closing.callback(pages.close)
            web_file = None
            if settings.config_file is not None:
                web_file = WatchedWebFile(settings.config_file, self._process.set_web_config)
                closing.callback(web_file.close)
            guard = Guard(connections, memory, web_file, own_credentials={PUSH_PATH, TRACES, LOGS})
            closing.callback(guard.close)
            token = None if settings.push is None else Token(settings.push.token)
            count = self._process.count_push
            intake = Intake(self._pipeline.pushes, token, self._limits, self._ids)
            push = PushHandler(intake, count)
            otlp = OtlpHandler(intake, count, self._process.count_ignored)
            app = make_app(self._pipeline, scrapes, pages, guard, push, otlp, self._reload)
            host, port = settings.host, settings.port
            async with listening(app, host, port, connections, web_file) as addresses:
                is_local = all(is_loopback(address) for address, _ in addresses)
                if is_local or settings.hosts:
                    names = (*settings.hosts, *([host] if host else ()))
                    # DNS rebinding needs a name, so addresses are safe.
                    guard.hosts = Hosts(names, any_address=not is_local)
                yield addresses[0]
