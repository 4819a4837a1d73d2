"""`POST /api/v1/records`: take a batch, and answer once it is counted and durable."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from functools import partial

from aiohttp import ClientPayloadError, web
from aiohttp.http_exceptions import HttpProcessingError

from ..config import Source
from ..logs import get
from ..pipeline.pushes import Answer, FullError, Hold, KeyReusedError, Pushes, UnansweredError
from ..pipeline.steps import within
from ..receipts import Receipt
from ..sources import ENCODINGS, MAX_BYTES, ArchiveError, Body, Inflow, TooLargeError
from ..values.masking import masked
from ..values.texts import printable
from ..wrappers import LINES
from .limits import Limits
from .protocols import GenerationIds
from .token import Token

PATH = "/api/v1/records"
_CHUNK = 1 << 16
KEY_LENGTH = 255
_RETRY_SECONDS = "1"
_LATER_SECONDS = "5"
# Of a refused body so much is read and thrown away, so that the client reads why.
_DISCARDED = {401: 1 << 16, 403: 1 << 16}
_DISCARDED_MOST = 2 * MAX_BYTES
_DISCARD_SECONDS = 2.0
# What aiohttp raises about a body that was cut off or is no valid chunks.
_BROKEN = (ConnectionError, ClientPayloadError, HttpProcessingError, web.RequestPayloadError)

log = get(__name__)


class _Refused(Exception):
    """A push is not taken."""

    def __init__(self, status: int, text: str, **headers: str) -> None:
        super().__init__(text)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class PushHandler:
    """Answers pushes."""

    def __init__(
        self,
        pushes: Pushes,
        token: Token | None,
        limits: Limits,
        told: Callable[[int], None],
        ids: Iterable[GenerationIds] = (),
    ) -> None:
        """Without a `token` push is off. `told` takes the status of each answer."""
        self._ids = {one.name: one for one in ids}
        self._pushes = pushes
        self._token = token
        self._limits = limits
        self._told = told

    async def respond(self, request: web.Request) -> web.Response:
        """Return the answer to a push."""
        try:
            response = await self._respond(request)
        except _Refused as refused:
            document = {"error": str(refused)}
            response = web.json_response(document, status=refused.status, headers=refused.headers)
            await _discard(request, _DISCARDED.get(refused.status, _DISCARDED_MOST))
        self._told(response.status)
        return response

    async def _respond(self, request: web.Request) -> web.Response:
        await self._authenticate(request)
        if self._pushes.trouble():
            text = "nothing can be stored at the moment: send it again"
            raise _Refused(503, text, Retry_After=_LATER_SECONDS)
        source, key = self._source(request), _key(request)
        encoding = _encoding(request)
        try:
            hold = self._pushes.hold()
            with contextlib.ExitStack() as failed:
                failed.callback(hold.release)
                body = await self._body(request, encoding, source, hold)
                hold.grow_to(body.size)
                failed.pop_all()
            answer = await self._taken(source, body, key, hold)
        except FullError:
            text = "too much waits to be counted: send it again"
            raise _Refused(429, text, Retry_After=_RETRY_SECONDS) from None
        except KeyReusedError:
            text = "the Idempotency-Key belongs to a batch with another content"
            raise _Refused(422, text) from None
        except UnansweredError as error:
            raise _Refused(503, str(error), Retry_After=_LATER_SECONDS) from None
        headers = {"Idempotent-Replayed": "true"} if answer.is_replayed else {}
        return web.json_response(document_of(answer.receipt), headers=headers)

    async def _taken(self, source: Source, body: Body, key: str, hold: Hold) -> Answer:
        """Have a body counted, or its ids noted; the hold ends when that is durable."""
        ids = self._ids.get(source.name)
        if ids is None:
            return await self._pushes.count(body, key, hold)
        try:
            # An id is its own key: a repeat is told that its ids are known.
            return Answer(await ids.receive(body), is_replayed=False)
        finally:
            hold.release()

    async def _authenticate(self, request: web.Request) -> None:
        if self._token is None:
            raise _Refused(403, "push is off: set web.push.token_file or web.push.token_env")
        header = request.headers.get("Authorization", "")
        if not await self._token.is_right(header):
            if header:
                log.warning("a push was refused", reason="wrong token", client=request.remote)
            challenge = 'Bearer realm="ZenMux exporter"'
            raise _Refused(401, "401: Unauthorized", WWW_Authenticate=challenge)

    def _source(self, request: web.Request) -> Source:
        query = request.query
        if set(query) - {"source"} or len(query) > 1:
            raise _Refused(400, "the only parameter is source, given once")
        name = query.get("source")
        if name in self._ids:
            return Source(name, "generation_ids", wrapper=LINES)
        source = self._pushes.source(name)
        if source is None:
            known = ", ".join((*self._pushes.names, *self._ids)) or "none"
            text = f"no such source; those that take pushed records: {known}"
            raise _Refused(400, masked(printable(text)))
        return source

    async def _body(self, request: web.Request, encoding: str, source: Source, hold: Hold) -> Body:
        """Read a body, and cut it into lines."""
        if not encoding and (request.content_length or 0) > MAX_BYTES:
            raise _Refused(413, f"a batch must be at most {MAX_BYTES} bytes")
        await _continue(request)
        try:
            data = await self._data(request, Inflow(encoding), hold)
            return await self._pushes.cut(data, source)
        except TooLargeError as error:
            raise _Refused(413, str(error)) from None
        except ArchiveError as error:
            raise _Refused(400, f"the body {printable(str(error))}") from None
        except TimeoutError:
            raise _Refused(408, "the body did not come in time") from None
        except _BROKEN:
            raise _Refused(400, "the body ended too early") from None

    async def _data(self, request: web.Request, inflow: Inflow, hold: Hold) -> bytes:
        async with asyncio.timeout(self._limits.body_seconds):
            while not request.content.at_eof():
                async with asyncio.timeout(self._limits.body_stall_seconds):
                    chunk = await request.content.read(_CHUNK)
                if inflow.is_packed:
                    await within(self._pushes.thread, partial(inflow.feed, chunk))
                else:
                    inflow.feed(chunk)
                hold.grow_to(inflow.size)
        return inflow.whole()


def document_of(receipt: Receipt) -> dict[str, object]:
    """Return the answer to a batch."""
    results = receipt.results
    rejected = results.get("invalid", 0)
    omitted = rejected - len(receipt.errors)
    return {
        "accepted": results.get("accepted", 0),
        "duplicates": results.get("duplicate", 0),
        "amended": results.get("amended", 0),
        "rejected": rejected,
        "pending": results.get("pending", 0),
        "errors": [{"line": line, "reason": reason} for line, reason in receipt.errors],
        **({"errors_omitted": omitted} if omitted > 0 else {}),
    }


def _key(request: web.Request) -> str:
    key: str = request.headers.get("Idempotency-Key", "")
    if len(key) > KEY_LENGTH:
        raise _Refused(400, f"an Idempotency-Key must be at most {KEY_LENGTH} characters")
    return key


def _encoding(request: web.Request) -> str:
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return ""
    if encoding not in ENCODINGS:
        raise _Refused(415, "Content-Encoding must be gzip, zstd or identity")
    return encoding


async def wait_for_handler(_request: web.Request) -> None:
    """Let no client send its body before its token was checked."""


async def _continue(request: web.Request) -> None:
    """Ask for the body where the client waits for that."""
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        # What was written is no part of the response.
        request.writer.output_size = 0


async def _discard(request: web.Request, most: int) -> None:
    """Read a refused body and throw it away, up to a size and time; the connection ends then."""
    if not request.body_exists or "Expect" in request.headers:
        return
    with contextlib.suppress(TimeoutError, *_BROKEN):
        async with asyncio.timeout(_DISCARD_SECONDS):
            while most > 0 and not request.content.at_eof():
                most -= len(await request.content.read(_CHUNK))
