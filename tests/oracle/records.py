"""Read one line by the rules: its record, or the reason why it counts nothing."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from . import values
from .json_lines import Fields
from .values import Invalid

Tokens = dict[str, int]
INPUT = ("prompt", "input_cache_read", "input_cache_write", "input_cache_write_5_min",
         "input_cache_write_1_h")  # fmt: skip
OUTPUT = ("completion", "internal_reasoning", "audio")
UNITS = ("request", "image", "web_search")

_FINISH = {
    "stop": "stop end_turn stop_sequence",
    "length": "length max_tokens",
    "tool_calls": "tool_calls function_call tool_use",
    "content_filter": "content_filter refusal safety recitation blocklist prohibited_content "
    "image_prohibited_content spii",
    "error": "error malformed_function_call",
}


@dataclass(slots=True)
class Record:
    """What a line says."""

    event: bool = False
    id: str | None = None
    time: int | None = None
    key: str | None = None
    model: str | None = None
    provider: str | None = None
    plan: str | None = None
    tokens: Tokens = field(default_factory=dict)
    calls: int = 0
    bill: Decimal | None = None
    items: dict[str, Decimal] = field(default_factory=dict)
    discount: Decimal = Decimal(0)
    latency: Decimal | None = None
    generation: Decimal | None = None
    rate: Decimal | None = None
    streamed: bool = True
    outcome: str = "success"
    finish: str = "unknown"
    error: str = "unknown"
    payout: Decimal = Decimal(0)
    payout_type: str = "unknown"
    paid: int | None = None


def direction(kind: str) -> str:
    """Return the direction of a token type."""
    if kind in INPUT or kind.startswith("input_cache_"):
        return "input"
    return "output" if kind in OUTPUT else "other"


def read(raw: dict[str, Any]) -> Record:
    """Read a record of either shape; raises Invalid with the reason."""
    marks = ("generationId", "createdAt", "createAt")
    is_zenmux = any(raw.get(mark) is not None for mark in marks)
    event = raw.get("event") == "compensation"
    name = "generationId" if is_zenmux else "id"
    times = marks[1:] if is_zenmux else ("timestamp",)
    identity = raw.get(name)
    has_id = isinstance(identity, str) and bool(identity.strip())
    stamp = next((raw[t] for t in times if raw.get(t) is not None), None)
    if stamp is None and not (event and has_id):
        raise Invalid("missing_time")
    record = Record(event=event, time=None if stamp is None else values.moment(stamp))
    paid = raw.get("compensation")
    paid_at = paid.get("paidAt" if is_zenmux else "paid_at") if isinstance(paid, dict) else None
    record.paid = None if paid_at is None else values.moment(paid_at)
    models = ("modelSlug", "model") if is_zenmux else ("model",)
    if not event and all(_blank(raw.get(model)) for model in models):
        raise Invalid("missing_model")
    fields = Fields(raw)
    fields.get("event", values.text)
    record.id = fields.get(name, values.text)
    (_zenmux if is_zenmux else _native)(fields, record)
    for reason in ("bad_type", "bad_number"):
        if reason in fields.faults:
            raise Invalid(reason)
    payout = "payout" if is_zenmux else "payout_usd"
    if event and (not isinstance(paid, dict) or paid.get(payout) is None):
        raise Invalid("missing_payout")
    return record


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _zenmux(f: Fields, record: Record) -> None:
    record.key, record.provider = f.get("apiKeyId", values.text), f.get("providerSlug", values.text)
    slug, model = f.get("modelSlug", values.text), f.get("model", values.text)
    record.model = slug or model
    fees = f.mapping("nativeFeeTokens", values.whole)
    used = {
        short: f.get(f"nativeTokens.{path}", values.whole) or 0
        for short, path in {
            "in": "prompt_tokens",
            "out": "completion_tokens",
            "cached": "prompt_tokens_details.cached_tokens",
            "5m": "prompt_tokens_details.ephemeral_5m_input_tokens",
            "1h": "prompt_tokens_details.ephemeral_1h_input_tokens",
            "thought": "completion_tokens_details.reasoning_tokens",
        }.items()
    }
    if fees:
        record.tokens = _disjoint(fees)
    else:
        subsets = used["cached"] + used["5m"] + used["1h"]
        record.tokens = {
            "prompt": used["in"] - (subsets if subsets <= used["in"] else 0),
            "input_cache_read": used["cached"],
            "input_cache_write_5_min": used["5m"],
            "input_cache_write_1_h": used["1h"],
            "completion": used["out"] - (used["thought"] if used["thought"] <= used["out"] else 0),
            "internal_reasoning": used["thought"],
        }
    record.calls = record.tokens.get("web_search", 0)
    details = _details(f)
    totals = [f.get(p, values.money) for p in ("billAmount", "ratingResponses.billAmount", "usage")]
    discounts = [
        f.get(p, values.money) for p in ("discountAmount", "ratingResponses.discountAmount")
    ]
    _bill(record, totals, details, discounts)
    words = [f.get("finishReason", values.text), f.get("nativeFinishReason", values.text)]
    _speed(f, record, "latency", "generationTime", "throughput")
    success = f.get("ext.requestSuccess", values.flag)
    _outcome(f, record, words[0] or words[1], success, "errorType")
    _payout(f, record, "payout")


def _details(f: Fields) -> list[tuple[str, Decimal]]:
    found = f.get("ratingResponses.ratingDetails", lambda value: f.inside(value, list)) or []
    pairs = []
    for row in found:
        if f.inside(row, dict) is not None:
            code = f.read(row.get("feeItemCode"), values.text)
            amount = f.read(row.get("billAmount"), values.money)
            if amount is not None:
                pairs.append((values.label(code), amount))
    return pairs


def _native(f: Fields, record: Record) -> None:
    record.key, record.provider = f.get("api_key", values.text), f.get("provider", values.text)
    record.model = f.get("model", values.text)
    record.tokens = _disjoint(f.mapping("tokens", values.whole))
    for total, way, rest in (
        ("input_tokens", "input", "prompt"),
        ("output_tokens", "output", "completion"),
    ):
        listed = sum(n for kind, n in record.tokens.items() if direction(kind) == way)
        over = (f.get(total, values.whole) or 0) - listed
        record.tokens[rest] = record.tokens.get(rest, 0) + max(0, over)
    calls = f.get("web_search_calls", values.whole)
    record.calls = record.tokens.get("web_search", 0) if calls is None else calls
    costs = [(values.label(name), cost) for name, cost in f.mapping("costs_usd", values.money)]
    _bill(record, [f.get("cost_usd", values.money)], costs, [f.get("discount_usd", values.money)])
    _speed(f, record, "latency_ms", "generation_ms", "throughput_tps")
    _outcome(f, record, f.get("finish_reason", values.text), None, "error_type")
    _payout(f, record, "payout_usd")


def _disjoint(pairs: Iterable[tuple[str, int]]) -> Tokens:
    tokens: Tokens = {}
    for code, count in pairs:
        name = values.label(code)
        tokens[name] = tokens.get(name, 0) + count
    parts = tokens.get("input_cache_write_5_min", 0) + tokens.get("input_cache_write_1_h", 0)
    if "input_cache_write" in tokens:
        tokens["input_cache_write"] = max(0, tokens["input_cache_write"] - parts)
    return tokens


def _bill(
    record: Record,
    totals: list[Decimal | None],
    details: list[tuple[str, Decimal]],
    discounts: list[Decimal | None],
) -> None:
    for code, amount in details:
        record.items[code] = record.items.get(code, Decimal(0)) + amount
    listed = sum(record.items.values(), Decimal(0))
    record.bill = next((t for t in totals if t is not None), listed if details else None)
    if record.bill is None:
        return
    record.discount = next((d for d in discounts if d is not None), Decimal(0))
    if record.bill > listed:
        record.items["unitemized"] = (
            record.items.get("unitemized", Decimal(0)) + record.bill - listed
        )
    excess = listed - record.bill
    for code in sorted(record.items, key=lambda code: (-record.items[code], code)):
        taken = min(max(excess, Decimal(0)), record.items[code])
        record.items[code] -= taken
        excess -= taken


def _speed(f: Fields, record: Record, latency: str, generation: str, rate: str) -> None:
    record.latency, record.generation = (
        f.get(latency, values.seconds),
        f.get(generation, values.seconds),
    )
    own = f.get(rate, values.rate)
    record.streamed = f.get("streamed", values.flag) is not False
    output = sum(record.tokens.get(kind, 0) for kind in OUTPUT)
    if output and own:
        record.rate = own
    elif output and record.generation:
        record.rate = values.ratio(output, record.generation)


def _outcome(
    f: Fields, record: Record, word: str | None, success: bool | None, type_field: str
) -> None:
    record.plan = f.get("plan", values.text)
    cancelled = f.get("cancelled", values.flag)
    status = f.get("status", values.status)
    kind = f.get(type_field, values.text)
    if word is not None:
        name = word.strip().lower().removeprefix("finish_reason_")
        known = (r for r, words in _FINISH.items() if name in words.split())
        record.finish = next(known, "other") if name else "unknown"
    shown = _status_text(status)
    if cancelled or shown.lower() in ("cancelled", "canceled"):
        record.outcome = "cancelled"
    elif success is False or record.finish == "error" or kind or _is_failure(shown):
        record.outcome = "error"
        record.error = values.label(kind or shown)


def _status_text(status: Any) -> str:
    if status is None:
        return ""
    if isinstance(status, str):
        return status.strip()
    number = Decimal(status)
    return str(int(number)) if abs(number.adjusted()) < 9 and not number % 1 else str(status)


def _is_failure(shown: str) -> bool:
    if shown.lower() in ("error", "failed", "failure"):
        return True
    try:
        return Decimal(shown) >= 400
    except ArithmeticError:
        return False


def _payout(f: Fields, record: Record, field_name: str) -> None:
    if f.inside(f.raw.get("compensation"), dict) is None:
        return
    record.payout = f.get(f"compensation.{field_name}", values.money) or Decimal(0)
    record.payout_type = values.snake(f.get("compensation.type", values.text))
