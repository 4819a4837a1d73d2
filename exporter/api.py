"""`GET /api/v1/compensations`: query parameters in, a page of compensated requests as JSON out."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from . import moments
from .catalog import BY_NAME
from .exact import decimal_text
from .ledger.delta import Detail
from .ledger.query import Filter, Page

MAX_LIMIT = 1000
_LABELS = BY_NAME["zenmux_compensated_request_payout_usd"].labels
_TEXTS = ("type", "model", "provider", "api_key")

Ask = Callable[[Filter], Awaitable[Page]]


async def compensations(request: web.Request, ask: Ask) -> web.Response:
    """A page of the compensated requests on record; 400 tells what is wrong with a parameter."""
    try:
        wanted = parse(request.query)
    except ValueError as error:
        return web.json_response({"error": str(error)}, status=400)
    page = await ask(wanted)
    body = {
        "items": [_item(detail) for detail in page.items],
        "next": None if page.next is None else str(page.next),
        "count": page.count,
        "payout_usd": page.payout_usd,
    }
    return web.json_response(body)


def parse(query: Mapping[str, str]) -> Filter:
    """The filter that the parameters describe; raises ValueError."""
    unknown = sorted(set(query) - {"from", "to", "limit", "cursor", *_TEXTS})
    if unknown:
        raise ValueError(f"unknown parameter: {', '.join(unknown)}")
    return Filter(
        from_ms=_moment(query, "from"),
        to_ms=_moment(query, "to"),
        limit=_number(query, "limit", 1, MAX_LIMIT) or 100,
        cursor=_number(query, "cursor", 1, 1 << 62),
        **{name: query.get(name) or None for name in _TEXTS},
    )


def _moment(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    if not text:
        return None
    try:
        return int(text) if text.isdecimal() else moments.parse(text)
    except ValueError:
        raise ValueError(f"{name}: must be Unix milliseconds or an RFC 3339 time") from None


def _number(query: Mapping[str, str], name: str, least: int, most: int) -> int | None:
    text = query.get(name)
    if not text:
        return None
    if not text.isdecimal() or len(text) > 20 or not least <= int(text) <= most:
        raise ValueError(f"{name}: must be a whole number from {least} to {most}")
    return int(text)


def _item(detail: Detail) -> dict[str, Any]:
    return {
        "timestamp_ms": detail.time_ms,
        **dict(zip(_LABELS, detail.labels, strict=True)),
        "payout_usd": decimal_text(detail.payout, 12),
        "seen_ms": detail.seen_ms,
    }
