"""Write requests as ZenMux's raw meta, with all of its fields."""

from typing import Any

import msgspec

from . import dates
from .billing import Bill, Item, usd_number, usd_text
from .facts import Payout, Request

_ACCOUNT = "2533AC0Dm0Ie14610001"
_UNBILLED = dict.fromkeys(
    ("originAmount", "billAmount", "discountAmount", "realAmount", "nonpaymentAmount")
)
_encode = msgspec.json.Encoder().encode


def record(request: Request, bill: Bill | None, payout: Payout | None = None) -> bytes:
    """Return the record of a request; without a bill it is not settled yet."""
    fields = {
        **_names(request),
        **_course(request),
        **_tokens(request),
        **(_UNBILLED if bill is None else _amounts(request, bill)),
        **_rest(request),
    }
    if payout is not None:
        fields["compensation"] = _compensation(payout)
    return _encode(fields)


def payout_event(request: Request, payout: Payout) -> bytes:
    """Return a line that only reports a payout."""
    return _encode(
        {
            "event": "compensation",
            "generationId": request.id,
            "apiKeyId": request.key.id,
            "modelSlug": request.model.slug,
            "providerSlug": request.provider.slug,
            "createdAt": _offset(request.created_ms),
            "compensation": _compensation(payout),
        }
    )


def _offset(at_ms: int) -> str:
    return dates.to_milliseconds(at_ms) + "+00:00"


def _compensation(payout: Payout) -> dict[str, str]:
    return {
        "type": payout.type,
        "payout": usd_text(payout.amount),
        "paidAt": _offset(payout.paid_ms),
    }


def _names(request: Request) -> dict[str, Any]:
    model, provider = request.model, request.provider
    return {
        "generationId": request.id,
        "accountId": _ACCOUNT,
        "apiKeyId": request.key.id,
        "authorSlug": model.family.author,
        "modelSlug": model.slug,
        "providerSlug": provider.slug,
        "endpointSlug": _endpoint(request),
        "appId": None,
        "createdAt": _offset(request.created_ms),
        "providerApiKeyId": provider.key_id,
        "byok": False,
        "model": model.name,
    }


def _endpoint(request: Request) -> str:
    return f"{request.provider.slug}/{request.model.family.author}_endpoint"


def _course(request: Request) -> dict[str, Any]:
    failure, finish = request.failure, request.finish
    fields = {
        "generationTime": request.generation_ms,
        "latency": request.latency_ms,
        "moderationLatency": min(request.latency_ms, 40),
        "streamed": request.streamed,
        "cancelled": request.cancelled,
        "throughput": f"{request.tokens_per_second:.2f}",
        # Vertex's prefixed words appear in the native field only.
        "finishReason": None if finish and finish.startswith("FINISH_REASON_") else finish,
        "nativeFinishReason": finish,
    }
    if failure is not None:
        fields |= {"status": failure.status, "errorType": failure.type}
    return fields


def _tokens(request: Request) -> dict[str, Any]:
    usage = request.usage
    fees = usage.fees
    prompt, completion = usage.prompt, usage.completion
    reasoning = fees.get("internal_reasoning", 0)
    return {
        "tokensPrompt": prompt,
        "tokensCompletion": completion,
        "tokensReasoning": reasoning,
        "nativeTokensPrompt": prompt,
        "nativeTokensCompletion": completion,
        "nativeTokensReasoning": reasoning,
        "nativeFeeTokens": fees,
        "nativeTokens": {
            "completion_tokens": completion,
            "prompt_tokens": prompt,
            "total_tokens": prompt + completion,
            "completion_tokens_details": {"reasoning_tokens": reasoning},
            "prompt_tokens_details": {
                "ephemeral_1h_input_tokens": fees.get("input_cache_write_1_h", 0),
                "ephemeral_5m_input_tokens": fees.get("input_cache_write_5_min", 0),
                "cached_tokens": fees.get("input_cache_read", 0),
            },
        },
    }


def _amounts(request: Request, bill: Bill) -> dict[str, Any]:
    """Return the amounts as text and again as numbers, as ZenMux does."""
    total, discount = usd_text(bill.total), usd_text(bill.discount)
    number = usd_number(bill.total)
    slug = request.provider.slug
    return {
        "originAmount": total,
        "billAmount": total,
        "discountAmount": discount,
        "realAmount": usd_text(bill.total - bill.discount),
        "nonpaymentAmount": "0",
        "ratingResponses": {
            "billAmount": number,
            "discountAmount": usd_number(bill.discount),
            "originAmount": number,
            "priceVersion": "0.0.3",
            "ratingDetails": [_detail(item) for item in bill.items],
            "serviceCode": f"{slug}#{_endpoint(request)}#{request.model.slug}",
        },
        "billStatus": 0,
    }


def _detail(item: Item) -> dict[str, Any]:
    amount = usd_number(item.amount)
    return {
        "billAmount": amount,
        "discountAmount": usd_number(item.discount),
        "feeItemCode": item.code,
        "originAmount": amount,
        "rate": item.rate,
    }


def _rest(request: Request) -> dict[str, Any]:
    return {
        "origin": None,
        "providerResponses": None,
        "requestRetryTimes": 0,
        "finalRetry": True,
        **dates.accounting_periods(request.created_ms // 3_600_000),
        "source": "demo",
        "ext": {"traceId": request.trace, "requestSuccess": request.failure is None},
    }
