"""Accept records from clients: authenticate, limit, and wait until they are durable."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from functools import partial

from aiohttp import ClientPayloadError, web
from aiohttp.http_exceptions import HttpProcessingError

from ..config import Source
from ..logs import get
from ..pipeline.pushes import Answer, FullError, Hold, Pushes, UnansweredError
from ..pipeline.steps import within
from ..sources import ENCODINGS, MAX_BYTES, ArchiveError, Body, Inflow, TooLargeError
from ..values.masking import masked
from ..values.texts import printable
from ..wrappers import LINES
from .limits import Limits
from .protocols import GenerationIds
from .token import Token

_CHUNK = 1 << 16
_RETRY_SECONDS = "1"
_LATER_SECONDS = "5"
# Bytes of a refused body that are read and discarded, so that the client reads the answer.
_DISCARDED = {401: 1 << 16, 403: 1 << 16}
_DISCARDED_MOST = 2 * MAX_BYTES
_DISCARD_SECONDS = 2.0
# Raised by aiohttp for a body that was cut off or is not validly chunked.
_BROKEN = (ConnectionError, ClientPayloadError, HttpProcessingError, web.RequestPayloadError)

log = get(__name__)

# Cuts a body into lines; returns None if there is nothing to count.
Cut = Callable[[bytes], Awaitable[Body | None]]


class Refused(Exception):
    """A request that is refused."""

    def __init__(self, status: int, text: str, **headers: str) -> None:
        """Store the answer's status, text and headers."""
        super().__init__(text)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Intake:
    """The intake of pushed records for sources of type `push`, `otlp` and `generation_ids`."""

    def __init__(
        self,
        pushes: Pushes,
        token: Token | None,
        limits: Limits,
        ids: Iterable[GenerationIds] = (),
    ) -> None:
        """Without a `token` everything is refused."""
        self.pushes = pushes
        self._ids = {one.name: one for one in ids}
        self._token = token
        self._limits = limits

    async def admit(self, request: web.Request) -> None:
        """Check the token, and that records can be stored; raises `Refused`."""
        await self._authenticate(request)
        if self.pushes.trouble():
            text = "records can't be stored at the moment: send them again"
            raise Refused(503, text, Retry_After=_LATER_SECONDS)

    async def _authenticate(self, request: web.Request) -> None:
        if self._token is None:
            raise Refused(403, "push is off: set web.push.token_file or web.push.token_env")
        header = request.headers.get("Authorization", "")
        if not await self._token.is_right(header):
            if header:
                log.warning("a push was refused", reason="wrong token", client=request.remote)
            challenge = 'Bearer realm="ZenMux exporter"'
            raise Refused(401, "401: Unauthorized", WWW_Authenticate=challenge)

    def source(self, request: web.Request, kind: str) -> Source:
        """Return the source of a type that the query names, by default the first."""
        query = request.query
        if set(query) - {"source"} or len(query) > 1:
            raise Refused(400, "the only parameter is source, given once")
        sources = {**self.pushes.sources(kind), **self._id_sources(kind)}
        name = query.get("source", next(iter(sources), ""))
        if name not in sources:
            known = ", ".join(sources) or "none"
            text = f"unknown source; sources for pushed records: {known}"
            raise Refused(400, masked(printable(text)))
        return sources[name]

    def _id_sources(self, kind: str) -> dict[str, Source]:
        """Return the sources of generation ids, which are pushed like records."""
        names = self._ids if kind == "push" else ()
        return {name: Source(name, "generation_ids", wrapper=LINES) for name in names}

    async def take(self, request: web.Request, cut: Cut, key: str = "") -> Answer | None:
        """Read a body, cut it by `cut`, and have its lines counted; raises `Refused`.

        Returns None if there is nothing to count.
        """
        encoding = _encoding(request)
        try:
            hold = self.pushes.hold()
            with contextlib.ExitStack() as failed:
                failed.callback(hold.release)
                body = await self._body(request, encoding, cut, hold)
                if body is None:
                    return None
                hold.grow_to(body.size)
                failed.pop_all()
            return await self._taken(body, key, hold)
        except FullError:
            text = "too many records are waiting: send them again"
            raise Refused(429, text, Retry_After=_RETRY_SECONDS) from None
        except UnansweredError as error:
            raise Refused(503, str(error), Retry_After=_LATER_SECONDS) from None

    async def _taken(self, body: Body, key: str, hold: Hold) -> Answer:
        """Have a body counted, or its ids stored; the hold ends when that is durable."""
        ids = self._ids.get(body.block.source)
        if ids is None:
            return await self.pushes.count(body, key, hold)
        try:
            # An id is its own idempotency key: a repeat is answered with known ids.
            return Answer(await ids.receive(body), is_replayed=False)
        finally:
            hold.release()

    async def _body(self, request: web.Request, encoding: str, cut: Cut, hold: Hold) -> Body | None:
        """Read a body, and cut it into lines."""
        if not encoding and (request.content_length or 0) > MAX_BYTES:
            raise Refused(413, f"a batch must be at most {MAX_BYTES} bytes")
        await _continue(request)
        try:
            return await cut(await self._data(request, Inflow(encoding), hold))
        except TooLargeError as error:
            raise Refused(413, str(error)) from None
        except ArchiveError as error:
            raise Refused(400, f"the body {printable(str(error))}") from None
        except TimeoutError:
            raise Refused(408, "the body did not arrive in time") from None
        except _BROKEN:
            raise Refused(400, "the body ended too early") from None

    async def _data(self, request: web.Request, inflow: Inflow, hold: Hold) -> bytes:
        async with asyncio.timeout(self._limits.body_seconds):
            while not request.content.at_eof():
                async with asyncio.timeout(self._limits.body_stall_seconds):
                    chunk = await request.content.read(_CHUNK)
                if inflow.is_packed:
                    await within(self.pushes.thread, partial(inflow.feed, chunk))
                else:
                    inflow.feed(chunk)
                hold.grow_to(inflow.size)
        return inflow.whole()


def _encoding(request: web.Request) -> str:
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return ""
    if encoding not in ENCODINGS:
        raise Refused(415, "Content-Encoding must be gzip, zstd or identity")
    return encoding


async def wait_for_handler(_request: web.Request) -> None:
    """Send no `100 Continue` yet: the token is checked before the body is sent."""


async def _continue(request: web.Request) -> None:
    """Send `100 Continue` if the client waits for it."""
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        # These bytes are not part of the response.
        request.writer.output_size = 0


async def discard(request: web.Request, status: int) -> None:
    """Read and discard a refused body, up to a size and time; then the connection is closed."""
    if not request.body_exists or "Expect" in request.headers:
        return
    most = _DISCARDED.get(status, _DISCARDED_MOST)
    with contextlib.suppress(TimeoutError, *_BROKEN):
        async with asyncio.timeout(_DISCARD_SECONDS):
            while most > 0 and not request.content.at_eof():
                most -= len(await request.content.read(_CHUNK))
