"""The recorder: what an application makes once and puts into its clients."""

import atexit
import re
import time
from typing import TYPE_CHECKING, Any, Final, TypeVar

from .clients import attach, make_client
from .delivery import Delivery
from .endpoints import api_of
from .exchange import Clocks, Exchange
from .sinks import Sink
from .troubles import Counters, Troubles, guarded

if TYPE_CHECKING:
    import httpx2

    from .libraries import AnyRequest

C = TypeVar("C")

_SECRET: Final = re.compile(r"\s*sk-", re.IGNORECASE)
_PLANS: Final = frozenset({"payg", "subscription", None})


class Recorder:
    """Writes one line for each request to a model, by way of the clients that it is put into.

    Threads and event loops may share it. What goes wrong in recording is counted in `counters` and
    logged once by the logger `zenmux_recorder`; requests never notice.
    """

    def __init__(
        self,
        sink: Sink,
        *,
        key_name: str | None = None,
        plan: str | None = None,
        queue_limit: int = 10_000,
        clocks: Clocks | None = None,
    ) -> None:
        """Make a recorder that is closed when the process ends.

        `sink`: a `FileSink` or `PushSink`. `key_name`: the name of the API key in use, never the
        key. `plan`: `payg` or `subscription`. `queue_limit`: of lines that wait for the sink.
        """
        if key_name is not None and _SECRET.match(key_name):
            raise ValueError("key_name must be the key's name, not the key")
        if plan not in _PLANS:
            raise ValueError("plan must be payg or subscription")
        given = {"api_key": key_name, "plan": plan}
        self.troubles = Troubles()
        self._labels = {name: value for name, value in given.items() if value is not None}
        self._clocks = clocks or Clocks(time.time, time.perf_counter)
        self._delivery = Delivery(sink, queue_limit, self.troubles)
        atexit.register(self.close)

    @property
    def counters(self) -> Counters:
        """How many lines were made, delivered and lost."""
        return self.troubles.counters

    def client(self, **options: Any) -> "httpx2.Client":
        """Return a recording client, for `http_client` of an SDK.

        It is of httpx2 if that is installed, else of httpx. `options` are the client's own.
        """
        made: httpx2.Client = make_client(self, "Client", options)
        return made

    def async_client(self, **options: Any) -> "httpx2.AsyncClient":
        """Return a recording async client, for `http_client` of an async SDK."""
        made: httpx2.AsyncClient = make_client(self, "AsyncClient", options)
        return made

    def attach(self, client: C) -> C:
        """Make a client of httpx2 or httpx record, with all its settings, and return it."""
        return attach(self, client)

    @guarded
    def begin(self, request: "AnyRequest") -> Exchange | None:
        """Start to measure a request; None if it asks no model for anything."""
        api = api_of(request)
        if api is None:
            return None
        return Exchange(request, api, self.troubles, self._clocks, self._ended)

    def flush(self, timeout: float = 10.0) -> bool:
        """Wait until all lines are delivered; return False if that takes longer."""
        return self._delivery.flush(timeout)

    def close(self, timeout: float = 5.0) -> None:
        """Deliver what waits, give up what can't be delivered in this time, and record no more."""
        atexit.unregister(self.close)
        self._delivery.close(timeout)

    def _ended(self, exchange: Exchange) -> None:
        if not exchange.has_usage:
            self.troubles.count("without_usage")
            self.troubles.warn_once(
                "usage",
                "an answer of %s told no usage; streams of Chat Completions tell it with "
                'stream_options={"include_usage": True}',
                exchange.api,
            )
        self._delivery.put(exchange.line(self._labels))
