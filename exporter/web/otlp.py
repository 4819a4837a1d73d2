"""`POST /v1/traces` and `/v1/logs`: OTLP/HTTP, answered once the calls are counted and durable."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from aiohttp import web

from ..config import Source
from ..formats.otlp import attributes_read
from ..otlp import (
    INSTALL,
    JSON,
    PROTOBUF,
    Decoded,
    MalformedError,
    Signal,
    TooMuchError,
    answers,
    decode_in_steps,
    is_protobuf_installed,
)
from ..receipts import Receipt
from ..sources import MAX_BYTES, Body
from .intake import Intake, Refused, discard

KIND = "otlp"
_OFF = "OTLP is off: configure a source of type otlp"
# By the specification clients retry after 429 and 503, but older ones only after 503. A body that
# arrived too slowly should be sent again, too, for which only 503 is left.
_RETRIED = {408: 503, 429: 503}
_SHOWN_REASONS = 5


class OtlpHandler:
    """The handler of OTLP requests."""

    def __init__(
        self,
        intake: Intake,
        told: Callable[[int], None],
        ignored: Callable[[str, int], None],
    ) -> None:
        """`told` is called with each answer's status, `ignored` with the number of other items."""
        self._intake = intake
        self._told = told
        self._ignored = ignored
        # One at a time: decoding a request takes more memory than its bytes.
        self._decoding = asyncio.Lock()

    async def respond(self, request: web.Request, signal: Signal) -> web.Response:
        """Return the answer to a request."""
        is_json = request.content_type != PROTOBUF
        status, headers = 200, {}
        try:
            body = await self._taken(request, signal)
        except Refused as refused:
            body = answers.refused(str(refused), is_json=is_json)
            status, headers = _RETRIED.get(refused.status, refused.status), refused.headers
            if status == 503:
                headers.setdefault("Retry-After", "1")
            await discard(request, refused.status)
        self._told(status)
        kind = JSON if is_json else PROTOBUF
        return web.Response(body=body, status=status, headers=headers, content_type=kind)

    async def _taken(self, request: web.Request, signal: Signal) -> bytes:
        await self._intake.admit(request)
        if not self._intake.pushes.sources(KIND):
            raise Refused(403, _OFF)
        source = self._intake.source(request, KIND)
        is_json = _is_json(request)
        found = _Found()
        cut = partial(self._cut, source=source, signal=signal, is_json=is_json, found=found)
        answer = await self._intake.take(request, cut)
        if found.ignored:
            self._ignored(signal.value, found.ignored)
        receipt = Receipt() if answer is None else answer.receipt
        rejected = receipt.results.get("invalid", 0)
        return answers.taken(signal, rejected, _told_of(receipt, signal), is_json=is_json)

    async def _cut(
        self, data: bytes, source: Source, signal: Signal, found: "_Found", *, is_json: bool
    ) -> Body | None:
        wanted = attributes_read(source.mapping)
        steps = decode_in_steps(data, signal, wanted, MAX_BYTES, is_json=is_json)
        try:
            async with self._decoding:
                decoded: Decoded = await self._intake.pushes.stepped(steps)
        except MalformedError:
            kind = "JSON" if is_json else "protobuf"
            raise Refused(400, f"the body is not an OTLP request in {kind}") from None
        except TooMuchError:
            raise Refused(413, "the request is too large: send smaller batches") from None
        found.ignored = decoded.ignored
        if not decoded.lines:
            # Most requests of other programs have no calls, and need no commit.
            return None
        return await self._intake.pushes.cut(decoded.lines, source)


@dataclass(slots=True)
class _Found:
    """The number of items in a request that are not calls."""

    ignored: int = 0


def _is_json(request: web.Request) -> bool:
    if request.content_type == JSON:
        return True
    if request.content_type != PROTOBUF:
        raise Refused(415, f"Content-Type must be {PROTOBUF} or {JSON}")
    if not is_protobuf_installed():
        raise Refused(415, INSTALL)
    return False


def _told_of(receipt: Receipt, signal: Signal) -> str:
    """Return why some items of a request were rejected; empty if none were."""
    reasons = Counter(reason for _, reason in receipt.errors).most_common(_SHOWN_REASONS)
    told = ", ".join(f"{reason} ({number})" for reason, number in reasons)
    return f"{signal.value.replace('_', ' ')} of calls were rejected: {told}" if told else ""
