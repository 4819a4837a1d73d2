"""Read one JSON value by the rules: its records, or why it counts nothing."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .billing import Bill, native_bill, zenmux_bill
from .fields import Fields, array, object_
from .numbers import BadNumber, BadType, money, number, quantity, rate, ratio, seconds
from .outcome import Ending, finish_reason, read_ending
from .texts import flag, label, snake, text
from .times import moment
from .usage import TOP, ZERO, Usage, has_names_at_top, read_usage

Tokens = dict[str, Decimal]
OUTPUT = ("completion", "internal_reasoning", "audio")
UNITS = ("request", "image", "web_search", "second")
_INPUT = ("prompt", "audio_input", "audio_cache_read")
_ZENMUX_TIMES = ("createdAt", "createAt")
_ZENMUX_MARKS = ("modelSlug", "nativeTokens", "nativeFeeTokens", "billAmount", "ratingResponses",
                 "apiKeyId")  # fmt: skip
_NATIVE_TIMES = ("timestamp", "createdAt", "created_at", "created", "createTime")
_NATIVE_MODELS = ("model", "modelVersion")
_NATIVE_USAGES = ("usage", "usageMetadata")
_NATIVE_IDS = ("id", "generation_id", "responseId")


class Invalid(Exception):
    """A record that counts nothing; the argument is the reason."""


@dataclass(slots=True)
class Record:
    """The content of a record."""

    event: bool = False
    id: str | None = None
    time: int | None = None
    key: str | None = None
    model: str | None = None
    provider: str | None = None
    plan: str | None = None
    usage: Usage = field(default_factory=Usage)
    bill: Bill = field(default_factory=Bill)
    latency: Decimal | None = None
    generation: Decimal | None = None
    own_rate: Decimal | None = None
    streamed: bool = True
    ending: Ending = field(default_factory=Ending)
    finish: str = "unknown"
    payout: Decimal = ZERO
    payout_type: str = "unknown"
    paid: int | None = None
    faults: list[str] = field(default_factory=list)

    @property
    def tokens(self) -> Tokens:
        """Return quantities above 0 by fee item code, including units."""
        return {code: number for code, number in self.usage.tokens.items() if number}

    @property
    def searches(self) -> Decimal:
        """Return the number of web searches."""
        return self.usage.searches or ZERO

    @property
    def output(self) -> Decimal:
        """Return the number of output tokens."""
        return sum((self.tokens.get(kind, ZERO) for kind in OUTPUT), ZERO)

    def throughput(self, *, derive: bool) -> Decimal | None:
        """Return the record's own throughput, or else the one computed from its generation time."""
        if not self.output:
            return None
        if self.own_rate:
            return self.own_rate
        return ratio(self.output, self.generation) if derive and self.generation else None


def direction(kind: str) -> str:
    """Return the direction of a token type."""
    if kind in _INPUT or kind.startswith("input_cache_"):
        return "input"
    return "output" if kind in OUTPUT else "other"


def elements(value: Any) -> list[Any]:
    """Return the possible records: the value itself, or the content of its envelope."""
    data = value.get("data") if isinstance(value, dict) else None
    own = (*_ZENMUX_TIMES, *_NATIVE_TIMES, "modelSlug", "model", "modelVersion", "event")
    if not isinstance(data, dict | list) or any(value.get(name) is not None for name in own):
        return [value]
    return (data or [value]) if isinstance(data, list) else [data]


def read(raw: Any, wrapper_time: str | None = None) -> Record:
    """Read a record in either format; raise Invalid with the reason."""
    if not isinstance(raw, dict):
        raise Invalid("not_object")
    f = Fields(raw)
    is_zenmux = _is_zenmux(raw)
    record = Record(event=raw.get("event") == "compensation")
    f.get("event", text)
    record.id = f.first(text, *(("generationId",) if is_zenmux else _NATIVE_IDS))
    times = _ZENMUX_TIMES if is_zenmux else _NATIVE_TIMES
    own_time = wrapper_time if not is_zenmux and not record.event else None
    record.time = _time(next((raw[t] for t in times if raw.get(t) is not None), own_time))
    if record.time is None and not (record.event and record.id):
        raise Invalid("missing_time")
    record.model = f.first(text, *(("modelSlug", "model") if is_zenmux else _NATIVE_MODELS))
    if not record.event and record.model is None:
        raise Invalid("missing_model")
    payout = f.get("compensation.payout" if is_zenmux else "compensation.payout_usd", money)
    if record.event and payout is None:
        raise Invalid("missing_payout")
    record.payout = payout or ZERO
    record.payout_type = snake(f.get("compensation.type", text))
    record.paid = f.get("compensation.paidAt" if is_zenmux else "compensation.paid_at", moment)
    (_zenmux if is_zenmux else _native)(f, record)
    record.faults = list(f.faults.values())
    if record.event:
        # Its fields appear in the details of a payout, but it is not a request that ended.
        record.ending = Ending()
    return record


def _is_zenmux(raw: dict[str, Any]) -> bool:
    if raw.get("generationId") is not None:
        return True
    has_time = any(raw.get(name) is not None for name in _ZENMUX_TIMES)
    return has_time and any(raw.get(name) is not None for name in _ZENMUX_MARKS)


def _time(value: Any) -> int | None:
    if value is None:
        return None
    try:
        return moment(value)
    except (BadType, BadNumber):
        raise Invalid("bad_time") from None


def _zenmux(f: Fields, record: Record) -> None:
    record.key, record.provider = f.get("apiKeyId", text), f.get("providerSlug", text)
    record.plan = f.get("plan", text)
    record.bill = zenmux_bill(f)
    record.usage = _usage(f, f.entries("nativeFeeTokens", quantity), None)
    record.finish = finish_reason(f.first(text, "finishReason", "nativeFinishReason"))
    success = f.get("ext.requestSuccess", flag)
    record.ending = read_ending(f, record.finish, "errorType", success)
    _speed(f, record, "latency", "generationTime", "throughput")


def _native(f: Fields, record: Record) -> None:
    record.key, record.provider = f.get("api_key", text), f.get("provider", text)
    record.plan = f.get("plan", text)
    record.bill = native_bill(f)
    listed = f.entries("tokens", quantity)
    record.usage = _usage(f, listed, f.get("web_search_calls", quantity))
    if listed:
        _fill_up(f, record.usage.tokens)
    record.finish = finish_reason(_native_finish(f))
    record.ending = read_ending(f, record.finish, "error_type", None)
    _speed(f, record, "latency_ms", "generation_ms", "throughput_tps")


def _usage(f: Fields, listed: list[tuple[str, Decimal]], calls: Decimal | None) -> Usage:
    """Return the listed types unchanged, or else the usage in a protocol's names."""
    api = f.get("api", text)
    # If types are listed, only searches are read, with a separate reader whose faults are ignored.
    reader = Fields(f.raw) if listed else f
    place, given = _given_usage(reader)
    usage = Usage()
    if given is not None and not listed:
        usage = read_usage(f, place, given, (api or "").strip().lower() or None)
    elif given is not None:
        usage.searches = read_usage(reader, place, given, None).searches
    if listed:
        usage.tokens = _disjoint(listed)
        units = [number for code, number in listed if label(code) == "web_search"]
        usage.searches = sum(units, ZERO) if units else usage.searches
    usage.searches = usage.searches if calls is None else calls
    return usage


def _given_usage(f: Fields) -> tuple[str, dict[str, Any] | None]:
    is_zenmux = _is_zenmux(f.raw)
    for name in ("nativeTokens", "usage", "usageMetadata") if is_zenmux else _NATIVE_USAGES:
        # A number under `usage` is a bill, or is ignored.
        given = f.raw.get(name)
        is_other = isinstance(given, dict | list | bool) or (not is_zenmux and not _counts(given))
        if name != "usage" or is_other:
            found = f.object(name)
            if found:
                return f"{name}.", found
    if not is_zenmux and has_names_at_top(f.raw):
        return "", {name: f.raw[name] for name in TOP if name in f.raw}
    return "", None


def _counts(value: Any) -> bool:
    """Return True for a number or a numeric text."""
    try:
        number(value)
    except (BadType, BadNumber):
        return False
    return True


def _disjoint(pairs: list[tuple[str, Decimal]]) -> Tokens:
    tokens: Tokens = {}
    for code, amount in pairs:
        name = label(code)
        if amount:
            tokens[name] = tokens.get(name, ZERO) + amount
    tiers = tokens.get("input_cache_write_5_min", ZERO) + tokens.get("input_cache_write_1_h", ZERO)
    if "input_cache_write" in tokens:
        tokens["input_cache_write"] = max(ZERO, tokens["input_cache_write"] - tiers)
    return tokens


def _fill_up(f: Fields, tokens: Tokens) -> None:
    """Add the rest of the totals, beyond the listed types, to prompt and completion."""
    for total, way, rest in (
        ("input_tokens", "input", "prompt"),
        ("output_tokens", "output", "completion"),
    ):
        listed = sum((n for kind, n in tokens.items() if direction(kind) == way), ZERO)
        over = (f.get(total, quantity) or ZERO) - listed
        tokens[rest] = tokens.get(rest, ZERO) + max(ZERO, over)


def _native_finish(f: Fields) -> str | None:
    found: list[str | None] = [f.get("finish_reason", text)]
    for path, inner in (("choices", "finish_reason"), ("candidates", "finishReason")):
        rows = f.get(path, array) or [None]
        first = f.read(f"{path}[0]", rows[0], object_) or {}
        found.append(f.read(f"{path}[0].{inner}", first.get(inner), text))
        if path == "choices":
            found.append(f.get("stop_reason", text))
    found.append(f.get("incomplete_details.reason", text))
    return next((word for word in found if word is not None), None)


def _speed(f: Fields, record: Record, latency: str, generation: str, own: str) -> None:
    record.latency, record.generation = f.get(latency, seconds), f.get(generation, seconds)
    record.own_rate = f.get(own, rate)
    record.streamed = f.get("streamed", flag) is not False
