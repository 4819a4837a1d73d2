"""`POST /api/v1/records`: accept a batch, and answer once it is counted and durable."""

from collections.abc import Callable
from functools import partial

from aiohttp import web

from ..pipeline.pushes import KeyReusedError
from ..receipts import Receipt
from .intake import Intake, Refused, discard

PATH = "/api/v1/records"
KEY_LENGTH = 255


class PushHandler:
    """The handler of pushed batches."""

    def __init__(self, intake: Intake, told: Callable[[int], None]) -> None:
        """`told` is called with the status of each answer."""
        self._intake = intake
        self._told = told

    async def respond(self, request: web.Request) -> web.Response:
        """Return the answer to a push."""
        try:
            response = await self._respond(request)
        except Refused as refused:
            document = {"error": str(refused)}
            response = web.json_response(document, status=refused.status, headers=refused.headers)
            await discard(request, refused.status)
        self._told(response.status)
        return response

    async def _respond(self, request: web.Request) -> web.Response:
        await self._intake.admit(request)
        source, key = self._intake.source(request, "push"), _key(request)
        cut = partial(self._intake.pushes.cut, source=source)
        try:
            answer = await self._intake.take(request, cut, key)
        except KeyReusedError:
            text = "the Idempotency-Key belongs to a batch with other content"
            raise Refused(422, text) from None
        assert answer is not None  # even an empty batch has one, since it may have a key
        headers = {"Idempotent-Replayed": "true"} if answer.is_replayed else {}
        return web.json_response(document_of(answer.receipt), headers=headers)


def document_of(receipt: Receipt) -> dict[str, object]:
    """Return the JSON document that answers a batch."""
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
        raise Refused(400, f"an Idempotency-Key must be at most {KEY_LENGTH} characters")
    return key
