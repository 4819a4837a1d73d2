"""The recorder, which an application creates once and attaches to its clients."""

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
    """Writes one line for each request to a model that its clients send.

    Threads and event loops may share it. Failures to record are counted in `counters`, and logged
    once per kind by the logger `zenmux_recorder`; they never affect requests.
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
        """Create a recorder, which closes when the process exits.

        `sink`: a `FileSink` or `PushSink`. `key_name`: the name of the API key in use, never the
        key. `plan`: `payg` or `subscription`. `queue_limit`: maximum lines that wait for the sink.
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
        """How many lines were created, delivered and lost."""
        return self.troubles.counters

    def client(self, **options: Any) -> "httpx2.Client":
        """Return a recording client for an SDK's `http_client`.

        It is a client of httpx2 if installed, otherwise of httpx. `options` are passed to it.
        """
        made: httpx2.Client = make_client(self, "Client", options)
        return made

    def async_client(self, **options: Any) -> "httpx2.AsyncClient":
        """Return a recording async client for an async SDK's `http_client`."""
        made: httpx2.AsyncClient = make_client(self, "AsyncClient", options)
        return made

    def attach(self, client: C) -> C:
        """Make a client of httpx2 or httpx record, keeping its settings, and return it."""
        return attach(self, client)

    @guarded
    def begin(self, request: "AnyRequest") -> Exchange | None:
        """Start measuring a request; return None if it is not a request to a model."""
        api = api_of(request)
        if api is None:
            return None
        return Exchange(request, api, self.troubles, self._clocks, self._ended)

    def flush(self, timeout: float = 10.0) -> bool:
        """Wait until all lines are delivered; return False if that takes longer."""
        return self._delivery.flush(timeout)

    def close(self, timeout: float = 5.0) -> None:
        """Stop recording; deliver waiting lines, and drop those not delivered in time."""
        atexit.unregister(self.close)
        self._delivery.close(timeout)

    def _ended(self, exchange: Exchange) -> None:
        if not exchange.has_usage:
            self.troubles.count("without_usage")
            self.troubles.warn_once(
                "usage",
                "an answer of %s had no usage; streams of Chat Completions include it with "
                'stream_options={"include_usage": True}',
                exchange.api,
            )
        self._delivery.put(exchange.line(self._labels))
