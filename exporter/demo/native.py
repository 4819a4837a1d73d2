"""Write requests in the native format."""

from typing import Any

import msgspec

from . import dates
from .billing import Bill, usd_text
from .facts import Payout, Request

_encode = msgspec.json.Encoder().encode


def record(request: Request, bill: Bill | None, payout: Payout | None = None) -> bytes:
    """Return the record of a request; without a bill it is not settled yet."""
    fields = _names(request) | _course(request) | _tokens(request)
    if bill is not None:
        fields["cost_usd"] = usd_text(bill.total)
        fields["costs_usd"] = {item.code: usd_text(item.amount) for item in bill.items}
        fields["discount_usd"] = usd_text(bill.discount)
    if payout is not None:
        fields["compensation"] = _compensation(payout)
    return _encode(fields)


def payout_event(request: Request, payout: Payout) -> bytes:
    """Return a line that only reports a payout."""
    return _encode(
        {"event": "compensation", **_names(request), "compensation": _compensation(payout)}
    )


def _zulu(at_ms: int) -> str:
    return dates.to_milliseconds(at_ms) + "Z"


def _compensation(payout: Payout) -> dict[str, str]:
    return {
        "type": payout.type,
        "payout_usd": usd_text(payout.amount),
        "paid_at": _zulu(payout.paid_ms),
    }


def _names(request: Request) -> dict[str, Any]:
    return {
        "id": request.id,
        "timestamp": _zulu(request.created_ms),
        "model": request.model.slug,
        "provider": request.provider.slug,
        "api_key": request.key.id,
        "plan": request.key.plan,
    }


def _course(request: Request) -> dict[str, Any]:
    return {
        "latency_ms": request.latency_ms,
        "generation_ms": request.generation_ms,
        "throughput_tps": request.tokens_per_second,
        "streamed": request.streamed,
        "finish_reason": request.finish,
        "status": _status(request),
        "error_type": None if request.failure is None else request.failure.type,
    }


def _status(request: Request) -> str | int:
    if request.failure is None:
        return "cancelled" if request.cancelled else "success"
    return "error" if request.failure.status is None else request.failure.status


def _tokens(request: Request) -> dict[str, Any]:
    usage = request.usage
    searches = usage.fees.get("web_search", 0)
    return {
        "input_tokens": usage.prompt,
        "output_tokens": usage.completion,
        "tokens": {code: count for code, count in usage.fees.items() if code != "web_search"},
        "web_search_calls": searches,
    }
