"""Limits on the number of connections, and on the time and size of their requests.

aiohttp reads and answers the requests; it has no time-out for an incomplete request, no limit on
the size of a request's whole head, and none on connections.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from aiohttp import web

from .limits import Limits

SERVER_NAME = "zenmux-exporter"
BASE_HEADERS = {
    "Server": SERVER_NAME,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "deny",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_HEAD_END = b"\r\n\r\n"


class Waiting(Protocol):
    """A connection that waits for its client: for a request, or for a TLS handshake."""

    def drop(self) -> None:
        """Close it at once."""


class Connections:
    """The open connections."""

    def __init__(self, limits: Limits, count_refused: Callable[[str], None]) -> None:
        """`count_refused` is called with the reason when a connection or request is dropped."""
        self.limits = limits
        self.count_refused = count_refused
        self._open: set[Waiting] = set()
        # In the order in which they began to wait.
        self._waiting: dict[Waiting, None] = {}

    def __len__(self) -> int:
        """Return the number of open connections."""
        return len(self._open)

    def opened(self, one: Waiting) -> bool:
        """Add a waiting connection; return False if there are too many and no other one waits."""
        if len(self._open) >= self.limits.connections:
            self.count_refused("connections")
            oldest = next(iter(self._waiting), None)
            if oldest is None:
                return False
            self.closed(oldest)
            oldest.drop()
        self._open.add(one)
        self._waiting[one] = None
        return True

    def waits(self, one: Waiting) -> None:
        """Record that a connection waits for a request from now on."""
        if one in self._open:
            self._waiting[one] = None

    def works(self, one: Waiting) -> None:
        """Record that a connection answers a request."""
        self._waiting.pop(one, None)

    def closed(self, one: Waiting) -> None:
        """Remove a connection."""
        self._open.discard(one)
        self._waiting.pop(one, None)


class Connection(web.RequestHandler):
    """A client's connection.

    Until `begin` is called it waits for a request's head, which has a time-out and a size limit.
    While it is busy the response has time-outs of its own.
    """

    __slots__ = ("_connections", "_is_busy", "_is_early", "_raw", "_received", "_tail", "_timer")

    def __init__(
        self,
        connections: Connections,
        server: web.Server,
        raw: asyncio.Transport | None = None,
    ) -> None:
        """`raw`: the transport below TLS."""
        limits = connections.limits
        options: dict[str, Any] = {
            "access_log": None,
            "keepalive_timeout": limits.idle_seconds,
            "max_line_size": limits.line_bytes,
            "max_field_size": limits.line_bytes,
            "lingering_time": 0,
            # Handlers limit the size of decompressed bodies.
            "auto_decompress": False,
        }
        super().__init__(server, loop=asyncio.get_running_loop(), **options)
        self._connections = connections
        self._raw = raw
        self._timer: asyncio.TimerHandle | None = None
        self._is_busy = False
        self._is_early = False  # whether more data arrived while a request was answered
        self._received = 0  # of a head
        self._tail = b""

    @property
    def unsent(self) -> int:
        """The number of bytes that the kernel has not accepted yet."""
        transports = (self.transport, self._raw)
        return sum(one.get_write_buffer_size() for one in transports if one is not None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accept the connection, or refuse it if there are too many."""
        super().connection_made(transport)
        # With TLS the handshake was counted before, and this connection replaces it.
        if self._connections.opened(self):
            self._allow(self._connections.limits.head_seconds)
        elif self.transport is not None:
            self.transport.write(_raw_response("503 Service Unavailable", "too many connections"))
            self.force_close()

    def data_received(self, data: bytes) -> None:
        """Pass the data on unless a request's head is too long."""
        if self._is_busy:
            self._is_early = self._is_early or bool(data)
        elif data and self._tail is not _HEAD_END:
            data = self._measured(data)
            if not data:
                return
        super().data_received(data)

    def _measured(self, data: bytes) -> bytes:
        """Return the data without newlines before a head; empty if the head is too long."""
        limits = self._connections.limits
        if not self._received:
            self._allow(limits.head_seconds)
            data = data.lstrip(b"\r\n")
        self._received += len(data)
        found = self._tail + data
        if _HEAD_END in found:
            self._tail = _HEAD_END
        elif self._received <= limits.head_bytes:
            self._tail = found[-len(_HEAD_END) + 1 :]
        else:
            self._connections.count_refused("head_size")
            if self.transport is not None:
                text = f"a request's head must be at most {limits.head_bytes} bytes"
                self.transport.write(_raw_response("431 Request Header Fields Too Large", text))
            self.force_close()
            return b""
        return data

    def begin(self) -> None:
        """Record that a request is being answered."""
        self._is_busy = True
        self._connections.works(self)
        self._allow(self._connections.limits.request_seconds)

    def end(self) -> None:
        """Record that the response was written, and wait for the next request."""
        limits = self._connections.limits
        self._is_busy = False
        self._received, self._tail = 0, b""
        self._connections.waits(self)
        self._allow(limits.head_seconds if self._is_early else limits.idle_seconds)
        self._is_early = False

    def drop(self) -> None:
        """Close the connection at once; unsent data is lost."""
        if self._timer is not None:
            self._timer.cancel()
        if self.transport is not None:
            self.transport.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Remove the connection."""
        if self._timer is not None:
            self._timer.cancel()
        self._connections.closed(self)
        super().connection_lost(exc)
        self._raw = None

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Return the answer to an invalid request, or to an error of the server."""
        if isinstance(exc, ConnectionError):
            # The client has disconnected. This error ends the connection without a traceback.
            raise ConnectionResetError("the client has gone") from exc
        if isinstance(exc, UnicodeError):
            # From a header that aiohttp has read, and would repeat in its answer.
            status = web.HTTPBadRequest.status_code
        if status >= web.HTTPInternalServerError.status_code:
            answer = super().handle_error(request, status, exc, message)
        elif request.writer.output_size > 0:
            raise ConnectionResetError("a response was begun")
        else:
            # aiohttp would log a traceback for each, and repeat what the client sent.
            answer = web.Response(status=status, text="the request is not valid HTTP\n")
            answer.force_close()
        answer.headers.update(BASE_HEADERS)
        return answer

    def _allow(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._expire)

    def _expire(self) -> None:
        if self._is_busy:
            self._connections.count_refused("slow_reader")
        elif self._received:
            self._connections.count_refused("head_timeout")
        self.drop()


def _raw_response(status: str, text: str) -> bytes:
    """Return a complete response, for use without a request."""
    headers = {**BASE_HEADERS, "Content-Type": "text/plain; charset=utf-8", "Retry-After": "1"}
    headers |= {"Content-Length": str(len(text) + 1), "Connection": "close"}
    lines = (f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers.items()))
    return ("\r\n".join(lines) + f"\r\n\r\n{text}\n").encode()
