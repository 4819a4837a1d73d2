"""A decoded line of either shape in, a `Record` out.

Raises ValueError (often `Doubtful`) where the line breaks a rule or where only exact decimals can
tell: `exactly` then reads the line again and names the rule.
"""

from .. import moments
from ..exact import Doubtful, Number, divide, micro_rate, microseconds, usd
from ..labels import snake_case
from ..records import Bill, Compensation, Record
from .money import native_bill, zenmux_bill
from .rules import (
    FINISH_REASONS,
    KNOWN_COMPENSATIONS,
    KNOWN_EVENTS,
    KNOWN_ITEMS,
    KNOWN_PLANS,
    KNOWN_TYPES,
    add_rest,
    fee_tokens,
    finish_reason,
    is_cancelled,
    is_failed,
    is_known_status,
    split_parent,
    status_word,
)
from .wire import NativeLine, NativeTokens, ZenmuxLine

_PICO = 10**12


def from_zenmux(line: ZenmuxLine) -> Record:
    """The record of a ZenMux-shaped line."""
    time = line.createdAt
    model = line.modelSlug
    if not model or model.isspace():
        model = _text(line.model)
    word = line.finishReason
    if not word or word.isspace():
        word = line.nativeFinishReason
    fees = line.nativeFeeTokens
    tokens = fee_tokens(fees) if fees else None
    if not tokens and (not fees or all(number is None for number in fees.values())):
        tokens = None if line.nativeTokens is None else protocol_tokens(line.nativeTokens)
    paid = line.compensation
    return _record(
        line.generationId,
        line.createAt if time is None else time,
        line.event,
        (line.apiKeyId, model, line.providerSlug, line.plan),
        word,
        line.cancelled,
        None if line.ext is None else line.ext.requestSuccess,
        line.status,
        line.errorType,
        tokens,
        None,
        zenmux_bill(line),
        line.latency,
        line.generationTime,
        line.throughput,
        line.streamed,
        None if paid is None else _compensation(paid.type, paid.payout, paid.paidAt),
        paid is not None and paid.payout is not None,
    )


def from_native(line: NativeLine) -> Record:
    """The record of a native line."""
    model = line.model
    paid = line.compensation
    return _record(
        line.id,
        line.timestamp,
        line.event,
        (line.api_key, None if not model or model.isspace() else model, line.provider, line.plan),
        line.finish_reason,
        line.cancelled,
        None,
        line.status,
        line.error_type,
        native_tokens(line),
        line.web_search_calls,
        native_bill(line),
        line.latency_ms,
        line.generation_ms,
        line.throughput_tps,
        line.streamed,
        None if paid is None else _compensation(paid.type, paid.payout_usd, paid.paid_at),
        paid is not None and paid.payout_usd is not None,
    )


def _record(
    identity: str | None,
    time: Number | None,
    event: str | None,
    who: tuple[str | None, str | None, str | None, str | None],
    word: str | None,
    cancelled: bool | None,
    success: bool | None,
    status: Number | None,
    error_type: str | None,
    tokens: dict[str, int] | None,
    calls: int | None,
    bill: Bill | None,
    latency: Number | None,
    generation: Number | None,
    rate: Number | None,
    streamed: bool | None,
    compensation: Compensation | None,
    has_payout: bool,
) -> Record:
    if not identity or identity.isspace():
        identity = None
    is_payout = event == "compensation"
    if not (has_payout and (time or identity) if is_payout else time and who[1]):
        raise Doubtful
    finish = FINISH_REASONS.get(word) or finish_reason(word)  # type: ignore[arg-type]
    if cancelled or status is not None or error_type is not None or success is False:
        outcome, error_type = _outcome(cancelled, success, status, error_type, finish)
    elif finish == "error":
        outcome, error_type = finish, "unknown"
    else:
        outcome = "success"
    output = 0
    if tokens:
        get = tokens.get
        output = get("completion", 0) + get("internal_reasoning", 0) + get("audio", 0)
        if calls is None:
            calls = get("web_search", 0)
    latency_us = None if latency is None else microseconds(latency)
    generation_us = None if generation is None else microseconds(generation)
    return Record(
        identity,
        None if time is None else _moment(time),
        is_payout,
        who,
        outcome,
        finish,
        error_type,
        tokens,
        output,
        calls or 0,
        bill,
        latency_us,
        generation_us,
        _throughput(rate, output, generation_us),
        streamed is not False,
        compensation,
        ()
        if (
            event is None
            and finish != "other"
            and who[3] is None
            and status is None
            and compensation is None
            and (not tokens or KNOWN_TYPES.issuperset(tokens))
            and (bill is None or KNOWN_ITEMS.issuperset(bill.items))
        )
        else _unknown(event, who[3], status, finish, tokens, bill, compensation),
    )


def _text(text: str | None) -> str | None:
    return None if text is None or not text or text.isspace() else text


def _moment(time: Number) -> int:
    if time.__class__ is float:
        raise Doubtful
    return moments.parse(time)


def _outcome(
    cancelled: bool | None,
    success: bool | None,
    status: Number | None,
    error_type: str | None,
    finish: str,
) -> tuple[str, str | None]:
    error_type = _text(error_type)
    if cancelled or is_cancelled(status):
        return "cancelled", None
    if success is False or finish == "error" or error_type is not None or is_failed(status):
        if error_type is None and status is not None:
            error_type = _text(status_word(status))
        return "error", error_type or "unknown"
    return "success", None


def _throughput(rate: Number | None, output: int, generation: int | None) -> int | None:
    """The record's own rate where it has one, else output tokens over generation time."""
    own = 0 if rate is None else micro_rate(rate)
    if not output:
        return None
    if own:
        return own
    return divide(output * _PICO, generation) if generation else None


def _compensation(
    kind: str | None, payout: Number | None, paid_at: Number | None
) -> Compensation | None:
    paid_ms = None if paid_at is None else _moment(paid_at)
    amount = 0 if payout is None else usd(payout)
    return Compensation(snake_case(kind), amount, paid_ms) if amount else None


def protocol_tokens(usage: NativeTokens) -> dict[str, int]:
    """Disjoint types from usage in a protocol's own terms."""
    tokens: dict[str, int] = {}
    prompt, completion = usage.prompt_tokens_details, usage.completion_tokens_details
    cached = five = hour = reasoning = None
    if prompt is not None:
        cached = prompt.cached_tokens
        five, hour = prompt.ephemeral_5m_input_tokens, prompt.ephemeral_1h_input_tokens
    if completion is not None:
        reasoning = completion.reasoning_tokens
    inputs = {
        "input_cache_read": cached or 0,
        "input_cache_write_5_min": five or 0,
        "input_cache_write_1_h": hour or 0,
    }
    split_parent("prompt", usage.prompt_tokens or 0, inputs, tokens)
    outputs = {"internal_reasoning": reasoning or 0}
    split_parent("completion", usage.completion_tokens or 0, outputs, tokens)
    return tokens


def native_tokens(line: NativeLine) -> dict[str, int] | None:
    """The tokens of a native line, its totals included."""
    tokens = fee_tokens(line.tokens) if line.tokens else {}
    if line.input_tokens is not None:
        add_rest(tokens, "prompt", line.input_tokens)
    if line.output_tokens is not None:
        add_rest(tokens, "completion", line.output_tokens)
    elif line.input_tokens is None and not line.tokens:
        return None
    return tokens


def _unknown(
    event: str | None,
    plan: str | None,
    status: Number | None,
    finish: str,
    tokens: dict[str, int] | None,
    bill: Bill | None,
    compensation: Compensation | None,
) -> tuple[str, ...]:
    """The fields whose values no rule lists: new words that somebody should look at."""
    checks = (
        ("finish_reason", finish == "other"),
        ("event", event is not None and event not in KNOWN_EVENTS),
        ("plan", plan is not None and _text(plan) is not None and plan not in KNOWN_PLANS),
        ("status", status is not None and not is_known_status(status)),
        ("token_type", tokens is not None and not KNOWN_TYPES.issuperset(tokens)),
        ("item", bill is not None and not KNOWN_ITEMS.issuperset(bill.items)),
        (
            "compensation_type",
            compensation is not None and compensation.type not in KNOWN_COMPENSATIONS,
        ),
    )
    return tuple(field for field, strange in checks if strange)
