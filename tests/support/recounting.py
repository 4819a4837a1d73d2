"""Records for the oracle's tests, and its results."""

import json
from decimal import Decimal
from typing import Any

from oracle import Histogram, Oracle, Settings

TIME = "2026-11-01T00:00:00Z"
RAW_META = {
    "generationId": "2534CCEDTKJR00217635",
    "apiKeyId": "2534AKkA4Nqn14642786",
    "modelSlug": "anthropic/claude-sonnet-4",
    "model": "Anthropic: Claude Sonnet 4",
    "providerSlug": "anthropic",
    "createdAt": "2025-08-22T02:49:18.000+00:00",
    "generationTime": 3298,
    "latency": 2177,
    "streamed": True,
    "cancelled": False,
    "throughput": "28.81",
    "nativeFeeTokens": {
        "input_cache_write_5_min": 0,
        "completion": 95,
        "input_cache_read": 0,
        "input_cache_write_1_h": 0,
        "prompt": 16527,
    },
    "nativeTokens": {
        "completion_tokens": 95,
        "prompt_tokens": 16527,
        "total_tokens": 16622,
        "completion_tokens_details": {"reasoning_tokens": 0},
        "prompt_tokens_details": {"ephemeral_1h_input_tokens": 0, "cached_tokens": 0},
    },
    "finishReason": "tool_calls",
    "billAmount": "0.051006",
    "discountAmount": "0",
    "ratingResponses": {
        "billAmount": 0.051006,
        "discountAmount": 0,
        "ratingDetails": [
            {"billAmount": 0, "feeItemCode": "input_cache_write_5_min", "rate": 3.75},
            {"billAmount": 0.001425, "feeItemCode": "completion", "rate": 15},
            {"billAmount": 0.049581, "feeItemCode": "prompt", "rate": 3},
        ],
    },
    "ext": {"traceId": "21d5", "requestSuccess": True},
}
GENERATION = {
    "api": "chat.completions",
    "generationId": "gen_01abc123def456",
    "model": "openai/gpt-4o",
    "createAt": "2026-03-26T06:00:00.000Z",
    "generationTime": 3200,
    "latency": 500,
    "nativeTokens": {
        "completion_tokens": 128,
        "prompt_tokens": 32,
        "completion_tokens_details": {"reasoning_tokens": 0},
        "prompt_tokens_details": {"cached_tokens": 0},
    },
    "streamed": True,
    "finishReason": "stop",
    "usage": 0.0052,
    "ratingResponses": {
        "billAmount": 0.0052,
        "ratingDetails": [
            {"billAmount": 0.0016, "feeItemCode": "prompt", "rate": 0.00005},
            {"billAmount": 0.0036, "feeItemCode": "completion", "rate": 0.00003},
        ],
    },
}


def native(**fields: Any) -> dict[str, Any]:
    """Return a native record with time and model."""
    return {"timestamp": TIME, "model": "m"} | fields


def zenmux(**fields: Any) -> dict[str, Any]:
    """Return a record in ZenMux's format with time and model."""
    return {"createdAt": TIME, "modelSlug": "m"} | fields


def paid(payout: Any, **fields: Any) -> dict[str, Any]:
    """Return a record that only reports a payout."""
    compensation = {"type": "high_latency", "payout_usd": payout}
    return {"event": "compensation", "compensation": compensation} | fields


def fed(*lines: dict[str, Any] | bytes, settings: Settings | None = None) -> Oracle:
    """Return an oracle that has counted records or raw lines."""
    oracle = Oracle(settings or Settings())
    for line in lines:
        oracle.feed("s", line if isinstance(line, bytes) else json.dumps(line).encode())
    oracle.finish("s")
    return oracle


def results(*lines: dict[str, Any] | bytes, settings: Settings | None = None) -> list[str]:
    """Return the result of each line."""
    oracle = Oracle(settings or Settings())
    return [
        oracle.feed("s", line if isinstance(line, bytes) else json.dumps(line).encode())
        for line in lines
    ]


def by(oracle: Oracle, metric: str, label: str) -> dict[str, Decimal]:
    """Return a counter's totals by one label."""
    found: dict[str, Decimal] = {}
    for (name, labels), value in oracle.totals().counters.items():
        if name == f"zenmux_{metric}_total":
            shown = dict(labels)[label]
            found[shown] = found.get(shown, Decimal(0)) + value
    return found


def usd(**amounts: str) -> dict[str, Decimal]:
    """Return amounts by item."""
    return {name: Decimal(amount) for name, amount in amounts.items()}


def histogram(oracle: Oracle, metric: str) -> Histogram | None:
    """Return the only histogram of a metric."""
    found = [h for (name, _), h in oracle.totals().histograms.items() if name == metric]
    assert len(found) < 2
    return found[0] if found else None


def sums(oracle: Oracle) -> dict[str, tuple[int, Decimal]]:
    """Return count and sum of each histogram, by the metric's short name."""
    return {
        name.removeprefix("zenmux_"): (h.count, h.total)
        for (name, _), h in oracle.totals().histograms.items()
    }


def reason(line: dict[str, Any] | bytes, settings: Settings | None = None) -> str:
    """Return why a line is invalid; empty if it is valid."""
    return "".join(by(fed(line, settings=settings), "exporter_invalid_records", "reason"))


def faults(line: dict[str, Any] | bytes) -> dict[str, Decimal]:
    """Return the number of faulty fields of a record by reason."""
    return by(fed(line), "exporter_field_faults", "reason")


def total(oracle: Oracle, metric: str) -> Decimal:
    """Return the sum of a counter over all its series."""
    counters = oracle.totals().counters.items()
    return sum((n for (name, _), n in counters if name == f"zenmux_{metric}_total"), Decimal(0))
