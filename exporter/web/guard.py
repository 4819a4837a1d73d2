"""The middleware around every handler: access checks, concurrency limits and headers.

A request passes the checks of `Guard` in order, then its handler; the response is written here,
under a time-out.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Container, Iterator, Mapping

from aiohttp import web
from multidict import CIMultiDict

from ..logs import get
from .connection import BASE_HEADERS, Connection, Connections
from .hosts import Hosts
from .memory_guard import MemoryGuard
from .passwords import Passwords, TooManyChecks
from .refusals import refusal
from .web_file import WatchedWebFile

_SAFE_METHODS = frozenset({"GET", "HEAD"})
_WRITE_SECONDS = 10.0

log = get(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Guard:
    """The checks, as a middleware.

    `hosts`: None if any Host is accepted. `own_credentials`: paths that authenticate by
    themselves instead of by a user.
    """

    def __init__(
        self,
        connections: Connections,
        memory: MemoryGuard,
        web_file: WatchedWebFile | None = None,
        hosts: Hosts | None = None,
        own_credentials: Container[str] = (),
    ) -> None:
        """Store the limits and settings to check against."""
        self.hosts = hosts
        self._connections = connections
        self._memory = memory
        self._web_file = web_file
        self._own_credentials = own_credentials
        self._passwords = Passwords(
            connections.limits.password_checks, connections.limits.password_checks_of_client
        )
        self._running: Counter[str] = Counter()

    def install(self, app: web.Application) -> None:
        """Add the checks and headers to an application."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._guarded(request, handler)

        app.middlewares.append(guard)
        app.on_response_prepare.append(self._add_headers)

    def close(self) -> None:
        """Stop the checker of passwords."""
        self._passwords.close()

    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        connection = request.protocol
        assert isinstance(connection, Connection)
        connection.begin()
        try:
            response = await self._response(request, handler)
            await self._write(request, response)
        finally:
            connection.end()
        return response

    async def _response(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            refused = await self._refused(request)
            if refused is not None:
                return refused
            path = _path_of(request)
            with self._counted(path) as is_free:
                if not is_free:
                    return self._refuse(
                        "requests", 503, "too many requests at once", Retry_After="1"
                    )
                response = await handler(request)
                self._memory.sufficed(path)
                return response
        except web.HTTPException as error:
            allow = {name: error.headers[name] for name in ("Allow",) if name in error.headers}
            return refusal(error.status, f"{error.status}: {error.reason}", **allow)
        except MemoryError:
            self._memory.exhausted(_path_of(request))
            return refusal(503, "out of memory", Retry_After="1")

    async def _refused(self, request: web.Request) -> web.Response | None:
        """Return the refusal of a request; None if it passes all checks."""
        for check in (self._check_host, self._check_user, self._check_origin, self._check_body):
            refused = await check(request)
            if refused is not None:
                return refused
        return None

    async def _check_host(self, request: web.Request) -> web.Response | None:
        host = request.headers.get("Host")
        # Only browsers can be lured here by DNS rebinding, and they always send a Host.
        if self.hosts is None or host is None or self.hosts.accepts(host):
            return None
        text = "this host is not served: use localhost, or name it under web.hosts"
        return self._refuse("host", 421, text)

    async def _check_user(self, request: web.Request) -> web.Response | None:
        users = (await self._web_file.current()).users if self._web_file else {}
        if not users or request.path in self._own_credentials:
            return None
        header = request.headers.get("Authorization", "")
        try:
            if await self._passwords.is_right(header, users, request.remote or ""):
                return None
        except TooManyChecks:
            return self._refuse("passwords", 503, "too many passwords to check", Retry_After="1")
        if header:
            log.warning(
                "a user was refused", reason="wrong name or password", client=request.remote
            )
        challenge = 'Basic realm="ZenMux exporter", charset="UTF-8"'
        return self._refuse("user", 401, "401: Unauthorized", WWW_Authenticate=challenge)

    async def _check_origin(self, request: web.Request) -> web.Response | None:
        """Refuse requests from pages of other sites that would change something."""
        origin = request.headers.get("Origin")
        if request.method in _SAFE_METHODS or origin is None:
            return None
        if origin.partition("://")[2] == request.headers.get("Host", ""):
            return None
        return self._refuse("origin", 403, "requests from pages of other sites are refused")

    async def _check_body(self, request: web.Request) -> web.Response | None:
        has_handler = request.match_info.http_exception is None
        if not request.body_exists or request.path in self._own_credentials or not has_handler:
            return None
        refused = self._refuse("body", 413, "this path takes no body")
        refused.force_close()
        return refused

    def _refuse(self, reason: str, status: int, text: str, **headers: str) -> web.Response:
        self._connections.count_refused(reason)
        return refusal(status, text, **headers)

    @contextlib.contextmanager
    def _counted(self, path: str) -> Iterator[bool]:
        """Count a request while it is answered; yields True if it is within the limit."""
        most = self._connections.limits.at_once.get(path)
        is_free = most is None or self._running[path] < most
        self._running[path] += 1
        try:
            yield is_free
        finally:
            self._running[path] -= 1
            if not self._running[path]:
                del self._running[path]

    async def _write(self, request: web.Request, response: web.StreamResponse) -> None:
        """Write a response unless its handler has written it."""
        try:
            async with asyncio.timeout(_WRITE_SECONDS):
                await response.prepare(request)
                await response.write_eof()
        except TimeoutError:
            self._connections.count_refused("slow_reader")
            assert isinstance(request.protocol, Connection)
            request.protocol.drop()

    async def _add_headers(self, _: web.Request, response: web.StreamResponse) -> None:
        headers: CIMultiDict[str] = response.headers
        headers.update({**BASE_HEADERS, **_chosen(headers)})
        if self._web_file is not None:
            # The file was checked already, along with the user.
            headers.update(self._web_file.in_force.headers)


def _path_of(request: web.Request) -> str:
    """Return the path as limits name it, with `{name}` for variable parts."""
    resource = request.match_info.route.resource
    return request.path if resource is None else resource.canonical


def _chosen(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the policy that a handler has set: no other header wins over `BASE_HEADERS`."""
    name = "Content-Security-Policy"
    return {name: headers[name]} if name in headers else {}
