"""Listen for HTTP, or for TLS with the certificates that the web configuration file names."""

import asyncio
import contextlib
import ipaddress
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any

from aiohttp import web

from ..errors import ExporterError
from .connection import Connection, Connections
from .web_file import WatchedWebFile

_SHUTDOWN_SECONDS = 2.0
_BACKLOG = 1024
# The kinds of a certificate's alternative names that are texts.
_NAMES = frozenset({"DNS", "IP Address", "URI", "email"})


@contextlib.asynccontextmanager
async def listening(
    app: web.Application,
    host: str | None,
    port: int,
    connections: Connections,
    web_file: WatchedWebFile | None,
) -> AsyncIterator[list[tuple[str, int]]]:
    """Serve on host and port; yields the addresses. Raises `ExporterError`."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    server = runner.server
    assert server is not None

    def accept() -> asyncio.Protocol:
        if web_file is not None and web_file.has_tls:
            return _Handshake(connections, server, web_file)
        return Connection(connections, server)

    try:
        async with await _listen(accept, host, port) as listener:
            yield [one.getsockname()[:2] for one in listener.sockets]
    finally:
        await runner.cleanup()


async def _listen(
    accept: Callable[[], asyncio.Protocol], host: str | None, port: int
) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    try:
        return await loop.create_server(accept, host, port, backlog=_BACKLOG)
    except OSError as error:
        address = f"[{host}]:{port}" if host and ":" in host else f"{host or ''}:{port}"
        raise ExporterError(f"cannot listen on {address}: {_reason(error)}") from error


def _reason(error: OSError) -> str:
    """Return the system's message; asyncio's repeats the address."""
    if error.errno and not isinstance(error, socket.gaierror):
        return os.strerror(error.errno)
    return error.strerror or str(error)


class _Early(asyncio.Protocol):
    """A buffer for data between the handshake and the start of the connection."""

    def __init__(self) -> None:
        self.data = b""

    def data_received(self, data: bytes) -> None:
        self.data += data


class _Handshake(asyncio.Protocol):
    """A TLS connection until its handshake is over."""

    def __init__(
        self, connections: Connections, server: web.Server, web_file: WatchedWebFile
    ) -> None:
        self._connections = connections
        self._server = server
        self._web_file = web_file
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._connections.opened(self):
            self._task = asyncio.get_running_loop().create_task(self._run(transport))
        else:
            transport.abort()

    def connection_lost(self, _: Exception | None) -> None:
        self._connections.closed(self)

    def drop(self) -> None:
        """Abort the handshake."""
        if self._transport is not None:
            self._transport.abort()
        if self._task is not None:
            self._task.cancel()

    async def _run(self, raw: asyncio.Transport) -> None:
        """Perform the handshake by the current settings, then hand over to a connection."""
        # Not earlier: the event loop starts to read after `connection_made`.
        raw.pause_reading()
        seconds = self._connections.limits.handshake_seconds
        early = _Early()
        try:
            async with asyncio.timeout(seconds):
                settings = await self._web_file.current()
            if settings.context is None or settings.tls is None or raw.is_closing():
                raise ConnectionResetError("gone before the handshake")
            tls = await asyncio.get_running_loop().start_tls(
                raw,
                early,
                settings.context,
                server_side=True,
                ssl_handshake_timeout=seconds,
                ssl_shutdown_timeout=_SHUTDOWN_SECONDS,
            )
        except (OSError, TimeoutError):
            self._fail()
            return
        finally:
            self._connections.closed(self)
        if tls is None or tls.is_closing():
            return
        if not _is_allowed(tls.get_extra_info("peercert"), settings.tls.client_allowed_sans):
            self._fail()
            return
        connection = Connection(self._connections, self._server, raw)
        tls.set_protocol(connection)
        connection.connection_made(tls)
        if early.data:
            connection.data_received(early.data)

    def _fail(self) -> None:
        self._connections.count_refused("tls")
        if self._transport is not None:
            self._transport.abort()


def _is_allowed(certificate: Mapping[str, Any] | None, allowed: Iterable[str]) -> bool:
    """Return True if a verified certificate has one of the names, or if any is allowed."""
    wanted = set(map(_normal, allowed))
    if not wanted:
        return True
    names = (certificate or {}).get("subjectAltName", ())
    return any(kind in _NAMES and _normal(name) in wanted for kind, name in names)


def _normal(name: str) -> str:
    """Return an IP address in its canonical form, and any other name as it is."""
    try:
        return str(ipaddress.ip_address(name.strip()))
    except ValueError:
        return name
