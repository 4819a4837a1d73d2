"""Repeated lines of few generations: pending, late parts, payouts, conflicts."""

from typing import Any

from hypothesis import strategies as st

from .json_text import line, without_absent

_IDS = st.sampled_from(["a", "a", "a", "b"])
_RARELY = [None, None, None, None]


def _shape(fields: dict[str, Any], zenmux: bool) -> bytes:
    """Return a record in ZenMux's or the native format."""
    if not zenmux:
        return line({"timestamp": 1793491200, "model": "m", **without_absent(fields)})
    names = {
        "id": "generationId", "model": "modelSlug", "provider": "providerSlug",
        "api_key": "apiKeyId", "tokens": "nativeFeeTokens", "cost_usd": "billAmount",
        "latency_ms": "latency", "generation_ms": "generationTime", "throughput_tps": "throughput",
        "discount_usd": "discountAmount", "error_type": "errorType",
    }  # fmt: skip
    record = {names.get(name, name): value for name, value in without_absent(fields).items()}
    paid = record.get("compensation")
    if isinstance(paid, dict):
        other = {"payout_usd": "payout", "paid_at": "paidAt"}
        record["compensation"] = {other.get(name, name): value for name, value in paid.items()}
    return line({"createdAt": 1793491200, "modelSlug": "m", **record})


_PAID = st.builds(
    lambda kind, payout, at: without_absent({"type": kind, "payout_usd": payout, "paid_at": at}),
    st.sampled_from(["late", "late", "bad"]),
    st.sampled_from([0, "0.1", "0.2", "0.3"]),
    st.sampled_from([None, 1793491260, 1793491100]),
)
# Durations, tokens and the bill, each optional.
_LATE = st.fixed_dictionaries(
    {
        "id": _IDS,
        "tokens": st.sampled_from(
            [*_RARELY, {}, {"prompt": 0}, {"completion": 8}, {"prompt": 1, "image": 2},
             {"image": 1}, {"prompt": 7, "completion": 5, "web_search": 2}]
        ),
        "cost_usd": st.sampled_from([*_RARELY, 0, "0.5", 1, -1]),
        "discount_usd": st.sampled_from([None, "0.1"]),
        "latency_ms": st.sampled_from([*_RARELY, 500, 0]),
        "generation_ms": st.sampled_from([*_RARELY, 2000, 4000, 0]),
        "throughput_tps": st.sampled_from([*_RARELY, 5, 0]),
        "streamed": st.sampled_from([None, None, True, False]),
    }
)  # fmt: skip
_PENDING = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["a", "b", None]),
        "status": st.sampled_from(
            ["ok", "ok", "started", "Running", "queued", "in_progress", "failed", "cancelled"]
        ),
        "cost_usd": st.sampled_from([None, 1]),
        "model": st.sampled_from([None, "n"]),
        "compensation": st.one_of(st.none(), st.none(), _PAID),
    }
)
_PAYING = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["a", "a", "b", None]),
        "event": st.sampled_from([None, "compensation"]),
        "api_key": st.sampled_from([None, "k", "l"]),
        "model": st.sampled_from([None, "n"]),
        "compensation": _PAID,
    }
)
# All fields are present: absent ones can't conflict.
_TOLD = st.fixed_dictionaries(
    {
        "id": _IDS,
        "model": st.sampled_from(["m", "n"]),
        "provider": st.sampled_from([None, "p", " p ", "q"]),
        "api_key": st.sampled_from([None, "k", "sk-ss-v1-l"]),
        "plan": st.sampled_from([None, "payg", "gold"]),
        "status": st.sampled_from(["ok", "success", "failed", "timeout", "cancelled", "running"]),
    }
)


def _lines(records: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[list[bytes]]:
    return st.lists(st.builds(_shape, records, st.booleans()), min_size=2, max_size=7)


LATE = _lines(_LATE)
PENDING = _lines(_PENDING)
PAYING = _lines(_PAYING)
CONFLICTS = _lines(_TOLD)
