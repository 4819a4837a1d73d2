"""`GET /api/v1/compensations`: parse the query parameters, and encode a page as JSON."""

from collections.abc import Mapping
from typing import Any, Literal

from ..catalogue import BY_NAME
from ..counting.delta import CompensatedRequest
from ..ledger.queries import Filter, Page
from ..values import timestamps
from ..values.fixed_point import USD_PLACES, decimal_text
from ..values.masking import masked
from ..values.texts import printable

MAX_LIMIT = 1000
_DEFAULT_LIMIT = 100
_MAX_CURSOR = 1 << 62
# Fewer digits than SQLite's integers have; longer numbers are not Unix milliseconds.
_MAX_TIME_DIGITS = 18
_MAX_NUMBER_DIGITS = 20
_LABELS = BY_NAME["zenmux_compensated_request_payout_usd"].labels
_LABEL_FILTERS = ("type", "model", "provider", "api_key")
_PARAMETERS = frozenset({"from", "to", "limit", "cursor", "by", *_LABEL_FILTERS})


def parse(query: Mapping[str, str]) -> Filter:
    """Return the filter for query parameters; raises ValueError if one is invalid."""
    unknown = sorted(set(query) - _PARAMETERS)
    if unknown:
        raise ValueError(f"unknown parameter: {masked(printable(', '.join(unknown)))}")
    if len(query) > len(set(query)):
        raise ValueError("a parameter is given twice")
    return Filter(
        from_ms=_time(query, "from"),
        to_ms=_time(query, "to"),
        limit=_number(query, "limit", 1, MAX_LIMIT) or _DEFAULT_LIMIT,
        cursor=_number(query, "cursor", 1, _MAX_CURSOR),
        by=_time_of(query.get("by") or "request"),
        **{name: printable(query.get(name, "")) or None for name in _LABEL_FILTERS},
    )


def as_document(page: Page) -> dict[str, Any]:
    """Return the JSON document of a page."""
    return {
        "items": [_item(request) for request in page.items],
        "next": None if page.next is None else str(page.next),
        "count": page.count,
        "payout_usd": page.payout_usd,
    }


def _time(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    if not text:
        return None
    try:
        if _is_number(text) and len(text) <= _MAX_TIME_DIGITS:
            return int(text)
        return timestamps.parse(text)
    except ValueError:
        raise ValueError(f"{name}: must be Unix milliseconds or an RFC 3339 time") from None


def _time_of(text: str) -> Literal["request", "paid"]:
    match text:
        case "request" | "paid":
            return text
    raise ValueError("by: must be request or paid")


def _number(query: Mapping[str, str], name: str, least: int, most: int) -> int | None:
    text = query.get(name)
    if not text:
        return None
    if not _is_number(text) or len(text) > _MAX_NUMBER_DIGITS or not least <= int(text) <= most:
        raise ValueError(f"{name}: must be a whole number from {least} to {most}")
    return int(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _item(request: CompensatedRequest) -> dict[str, Any]:
    return {
        "timestamp_ms": request.time_ms,
        **{name: getattr(request, name) for name in _LABELS},
        "payout_usd": decimal_text(request.payout, USD_PLACES),
        "seen_ms": request.seen_ms,
    }
