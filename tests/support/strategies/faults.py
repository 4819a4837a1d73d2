"""Invalid lines, faulty fields, and content that no rule reads."""

from typing import Any

from hypothesis import strategies as st

from .json_text import UNREAD, Literal, dump, line

_FULL_NATIVE: dict[str, Any] = {
    "id": "a", "timestamp": 1793491200, "model": "m", "provider": "p", "api_key": "k",
    "plan": "payg", "input_tokens": 12, "output_tokens": 8,
    "tokens": {"prompt": 10, "completion": 7, "image": 1}, "cost_usd": "1.5",
    "costs_usd": {"prompt": "1", "completion": "0.25"}, "discount_usd": "0.5", "latency_ms": 500,
    "generation_ms": 2000, "throughput_tps": 4, "streamed": True, "cancelled": False,
    "finish_reason": "stop", "status": "ok", "error_type": None, "error": None,
    "web_search_calls": 2, "event": "request",
    "compensation": {"type": "late", "payout_usd": "0.5", "paid_at": 1793491260},
}  # fmt: skip
_FULL_ZENMUX: dict[str, Any] = {
    "generationId": "a", "createdAt": 1793491200, "modelSlug": "m", "providerSlug": "p",
    "apiKeyId": "k", "plan": "payg", "nativeFeeTokens": {"prompt": 10, "completion": 7},
    "billAmount": "1.5", "ratingResponses": {
        "ratingDetails": [{"feeItemCode": "prompt", "billAmount": 1},
                          {"feeItemCode": "completion", "billAmount": 0.25}]},
    "discountAmount": "0.5", "latency": 500, "generationTime": 2000, "throughput": "4",
    "streamed": True, "cancelled": False, "finishReason": "stop", "ext": {"requestSuccess": True},
    "compensation": {"type": "late", "payout": "0.5", "paidAt": 1793491260},
}  # fmt: skip
_FULL_USAGE: dict[str, Any] = {
    "id": "a", "timestamp": 1793491200, "model": "m", "usage": {
        "prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15,
        "prompt_tokens_details": {"cached_tokens": 4, "web_search": 1},
        "completion_tokens_details": {"reasoning_tokens": 2}},
}  # fmt: skip
# Wrong for most fields, right for some.
_ODD = st.sampled_from(
    [
        Literal(text)
        for text in (
            *("true", "false", "[]", "[1]", "{}", '{"odd": 1}', "null", "NaN", "Infinity"),
            *("-1", "-0.5", "0", "2.5", "7", "1000001", "10000000000000", "604800001", "1e400"),
            *("1e99999999999", '"text"', '" "', '"7"', '"2.50"', '"1_000"', '"\uff11\uff12"'),
            *('"NaN"', '"-Infinity"', '"1e-999999999"', '"0x10"', '"-1"', '"1.2.3"'),
        )
    ]
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all fields, including nested ones."""
    if isinstance(value, dict):
        inner = [place for name, one in value.items() for place in _places(one, (*path, name))]
    elif isinstance(value, list):
        inner = [place for index, one in enumerate(value) for place in _places(one, (*path, index))]
    else:
        inner = []
    return ([path] if path else []) + inner


def _changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Return a copy with another value at a path."""
    if not path:
        return new
    if isinstance(value, dict):
        return {**value, path[0]: _changed(value.get(path[0]), path[1:], new)}
    if not isinstance(value, list):
        return value
    return [_changed(one, path[1:], new) if i == path[0] else one for i, one in enumerate(value)]


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """Return a full record with a few odd values."""
    record = draw(st.sampled_from([_FULL_NATIVE, _FULL_ZENMUX, _FULL_USAGE]))
    # Each has its own id; repeated ids are another strategy.
    name = "id" if "id" in record else "generationId"
    record = {**record, name: str(draw(st.integers(0, 10**9)))}
    for _ in range(draw(st.integers(1, 2))):
        place = draw(st.sampled_from(_places(record)))
        record = _changed(record, place, draw(_ODD))
    return line(record)


SPOILED = st.lists(spoiled(), min_size=1, max_size=3)
_NEVER_READ = st.sampled_from(["note", "messages", "", "traceId", "nativeUsage", "\u2028", "{"])
# Half of a surrogate pair, invalid UTF-8, a number as text: in a field that is read.
_TEXTS = st.sampled_from(
    [b'"m"', b'"m\\ud800"', b'"\\udc00x"', b'"m\xff"', b'"\xed\xa0\x80"', b'"\xc3"', b'"\xe2\x82x"',
     b"12", b"12.0", b"1e3", b"12.5", b'"\\u0000\\u001f"', b'"sk-ai-v1-x"', b'" "', b'""', b"[]",
     b"true", b'"\\ud83d\\ude00"', b'"\\\\ud800"', b'"' + b"x" * 129 + b'"']
)  # fmt: skip


def _texts(model: bytes, plan: bytes, identity: bytes, unread: dict[str, Any]) -> bytes:
    more = "".join(f", {dump(name)}: {dump(value)}" for name, value in unread.items()).encode()
    return b'{"id": %b, "timestamp": 1793491200, "model": %b, "plan": %b%b}' % (
        identity,
        model,
        plan,
        more,
    )


TEXTS = st.lists(
    st.builds(_texts, _TEXTS, _TEXTS, _TEXTS, st.dictionaries(_NEVER_READ, UNREAD, max_size=3)),
    min_size=1,
    max_size=3,
)
_BASE = b'{"timestamp": 1793491200, "model": "m"'
BROKEN = st.lists(
    st.sampled_from(
        [b"[1]", b"null", b'"text"', b"12", b"{}", b"no json", b"{'a': 1}", b"\xff", b'"\xff"',
         b'{"x": "\xff"', _BASE + b"}", _BASE + b"} x", _BASE + b', "x": 01}', _BASE + b",}",
         _BASE + b', "x": tru}', _BASE + b', "x": "\t"}', _BASE + b', "x": "\x01"}',
         _BASE + b', "x": "\\x"}', _BASE + b', "x": +1}', _BASE + b', "x": .5}', b"", b" \t\r",
         b'{"model": "m"}', b'{"timestamp": null, "model": "m"}', b'{"timestamp": 1793491200}',
         b'{"timestamp": 1793491200, "model": []}', b'{"createdAt": 1793491200, "modelSlug": ""}',
         b'{"generationId": "", "timestamp": 1793491200, "model": "m"}',
         b'{"event": "compensation", "id": "a"}', b'{"event": "compensation"}',
         b'{"event": "compensation", "id": "a", "compensation": {"payout_usd": -1}}',
         b'{"event": "compensation", "id": 7, "compensation": {"payout_usd": 1}}',
         b'{"event": "compensation", "id": " ", "compensation": {"payout_usd": 1}}',
         b'{"event": "compensation", "id": "a", "timestamp": "x", "compensation": {}}',
         b'\xef\xbb\xbf{"timestamp": 1793491200, "model": "m"}\r',
         b'{"timestamp": 5, "timestamp": 1793491200, "model": [], "model": "m"}']
    ),
    min_size=1,
    max_size=5,
)  # fmt: skip
