"""Random request logs of every kind of trouble, from a seed."""

import json
import random
from collections.abc import Callable
from typing import Any

IDS = [f"gen_{number}" for number in range(40)]
MODELS = ["anthropic/claude", "openai/gpt", " spaced ", 'quo"te\\d', "ünï", "x" * 140, "sk-ai-v1-m"]
KEYS = ["key_1", "key_2", "sk-ss-v1-abc", "sk-ai-v1-def", "", "\x00ctrl\x7f\u0085"]
PROVIDERS = ["anthropic", "bedrock", "vertex", "\ttab "]
FINISH = ["stop", "STOP", "end_turn", "FINISH_REASON_MAX_TOKENS", "tool_use", "refusal", "SPII",
          "MALFORMED_FUNCTION_CALL", "error", "pause_turn", "NO_IMAGE", "", " length "]  # fmt: skip
CODES = ["prompt", "completion", "input_cache_read", "input_cache_write", "input_cache_write_5_min",
         "input_cache_write_1_h", "internal_reasoning", "audio", "image", "web_search", "request",
         "video", "brand_new", " prompt ", ""]  # fmt: skip
NAMES = ["model", "modelSlug", "provider", "providerSlug", "api_key", "apiKeyId", "plan", "errorType", "error_type",
         "finishReason", "finish_reason", "status"]  # fmt: skip
NEEDED = ["timestamp", "createdAt", "model", "modelSlug"]
STATUSES: list[Any] = ["success", "failed", "Failure", "error", "cancelled", "canceled", 200, 429,
                       "500", 502, 402.0, "weird", 399, "4e2", 524, "", "NaN"]  # fmt: skip
ERRORS = ["rate_limit", "invalid_params", "provider_error", "internal_server_error", "Custom", " "]
TYPES = ["high_latency", "HighLatency", "Unsatisfactory Content", "other-Type!", "", "高延迟"]
TIMES: list[Any] = ["2026-11-01T00:00:00Z", "2026-11-01 00:00:00.123456", 1793491200,
                    1793491200123, "2026-11-01T08:00:00.999999+08:00", "2026-10-31t20:00:00-0400",
                    "1793491200", 1793491200.5, "2000-01-01T00:00:00Z",
                    "2100-12-31T23:59:59.999Z"]  # fmt: skip
BROKEN: list[bytes] = [
    b"{", b"[1]", b"null", b'"text"', b"12", b"{}", b'{"model": "m"}', b"not json", b"{'a': 1}",
    b'{"timestamp": "2026-11-01T00:00:00Z"}', b'{"timestamp": true, "model": "m"}',
    b'{"timestamp": "2026-13-01T00:00:00Z", "model": "m"}', b'{"timestamp": 5, "model": "m"}',
    b'{"timestamp": "2026-11-01", "model": "m"}', b'{"timestamp": {}, "model": "m"}',
    b'{"timestamp": "1999-12-31T23:59:59Z", "model": "m"}', b'{"timestamp": -1, "model": "m"}',
    b'{"timestamp": "2026-11-01T00:00:60Z", "model": "m"}', b'{"timestamp": 1e400, "model": "m"}',
    b'{"timestamp": 1793491200, "model": ""}', b'{"timestamp": 1793491200, "model": null}',
    b'{"timestamp": 1793491200, "model": 5}', b'{"timestamp": 1793491200, "model": "m", "x": NaN}',
    b'{"timestamp": 1793491200, "model": "m", "x": "\xff"}',
    b'{"timestamp": 1793491200, "model": "m", "x": "\\ud800"}',
    b'{"timestamp": 1793491200, "model": "\xc3"}', b'{"timestamp": 1793491200, "model": "m",}',
    b'{"timestamp": 1793491200, "model": "m", "x": ' + b"[" * 2000 + b"]" * 2000 + b"}",
    b'{"event": "compensation", "id": "gen_1"}', b'{"event": "compensation"}',
    b'{"event": "compensation", "id": " ", "compensation": {"payout_usd": 1}}',
    b'{"event": "compensation", "id": "gen_1", "timestamp": "x", "compensation": {}}',
    b'{"event": 7, "timestamp": 1793491200, "model": "m"}',
    b'{"createdAt": 1793491200, "model": "m", "ratingResponses": {"ratingDetails": [1]}}',
    b'{"createdAt": 1793491200, "model": "m", "ext": {"requestSuccess": 1}}',
    b'{"createdAt": 1793491200, "model": "m", "nativeTokens": []}',
    b'{"timestamp": 1793491200, "model": "m", "x": "\\ud83d", "x": 1}', b"\xff", b'{"x": "\x01"}',
    b'{"timestamp": 1793491200, "model": "m", "x": 01}', b'{"a": 1} {"b": 2}', b'{"x": tru}',
    b'{"timestamp": 1793491200, "model": "m", "cost_usd": 1e400}', b'{"timestamp": 1793491200, "model": "m"} x',
]  # fmt: skip
# Wrong for most fields, right for some; each field meets each of them.
ODD: list[Any] = [True, False, -1, 0, 2.5, 5, "x", "", " ", "7", [], [1], {}, {"a": 1}, {"a": []}, None,
                  "NaN", "-Infinity", "1e999999999", "1e-999999999", "-0.0", 1000001, 10**13, "1.2.3", "0x10"]  # fmt: skip
WILD = ["error", "messages", "traceId", "tokens", "nativeTokens", "timestamp", "generationTime", "api_key",
        "cost_usd", "ratingResponses", "event2", "", "\u2028", 'a"b', "finishReason", "compensations"]  # fmt: skip
SECRET = [
    {"a": [{"b": [None, {"c": "😀\\"}]}]},
    "sk-ai-v1-secret",
    1e300,
    [[[[]]]],
    "\x01\x7f",
    {"id": {}},
    10**40,
]
EVIL = ['{"quote\\', "sk-ss-v1-evil", "a sk-mg-v1-b", "é" * 129, "y" * 128, "x" * 127 + "\x9f ", "\n", "\u00a0\u2003",
        "unknown", "other", "Unknown", "{}", "ﬀ\u0301", "a\r\nb", "\u200b", "sk-", 'le="1"', "#", "\\n"]  # fmt: skip
FINE: list[bytes] = [
    b"", b"   ", b"\r", b'{"timestamp": 5, "timestamp": 1793491200, "model": "m"}\r',
    b'{"timestamp": 1793491200, "model": 5, "model": "m", "status": "failed", "status": null}',
    b'{"timestamp": 1793491200, "model": "m", "usage": {"prompt_tokens": 1}, "ext": 5}',
    b'{"createdAt": 1793491200, "model": "m", "tokens": 7, "cost_usd": [], "latency_ms": "x"}',
    b'\xef\xbb\xbf{"timestamp": 1793491200, "model": "m"}',
    b'{"generationId": null, "timestamp": 1793491200, "model": "m", "createdAt": null}',
    b'{"x": "\\"createdAt\\"", "timestamp": 1793491200, "model": "m", "costs_usd": {}}',
    b'{"timestamp": 1793491200, "model": "m", "x": 1e999, "y": ' + b"9" * 500 + b"}",
]  # fmt: skip


class Generator:
    """Draws records; about `trouble` of the values are odd."""

    def __init__(self, seed: int) -> None:
        """The same seed draws the same."""
        self._random = random.Random(seed)

    def maybe(self, share: float) -> bool:
        """True in this share of the draws."""
        return self._random.random() < share

    def any(self, values: list[Any]) -> Any:
        """One of these."""
        return self._random.choice(values)

    def count(self) -> Any:
        """A number of tokens, in any spelling, seldom wrong."""
        number = self.any([0, 0, 1, 7, 120, 5000, 10**12])
        if self.maybe(0.03):
            return self.any([-1, 2.5, "x", True, [], 10**12 + 1, "1e999999999", "NaN", {}, ""])
        return self.any([number, number, number, float(number), str(number), None])

    def money(self) -> Any:
        """An amount, in any spelling, seldom wrong."""
        if self.maybe(0.02):
            return self.any([-0.5, "abc", False, "1e400", 1000001, "Infinity", [], "-0.1", ""])
        digits = self._random.randint(0, 10 ** self._random.randint(1, 16))
        text = self.any([
            "0", "0.0", f"0.{digits}", f"{digits % 1000}.{digits}", "1e-12", "0.0000000000005",
            "0.0000000000015", f"0.000000{digits}5", "1000000", "999.999999999999", " 0.25 ", "1_0.5",
        ])  # fmt: skip
        if text.strip() != text or "_" in text or self.maybe(0.5):
            return text
        return Number(text)

    def duration(self) -> Any:
        """Milliseconds, seldom wrong."""
        if self.maybe(0.02):
            return self.any([-1, "slow", 604800001, True, "inf"])
        return self.any([0, 1, 99.9995, 100, 500, "2177", 3298, 60000, 1234.5678, 604800000, None])

    def rate(self) -> Any:
        """Tokens a second."""
        if self.maybe(0.02):
            return self.any([-1, "fast", "NaN"])
        return self.any(["28.81", 0, 20.0, 10, "9.9999999", 123456789.1234565, None, "0"])

    def amounts(self, draw: Callable[[], Any]) -> dict[str, Any]:
        """A few fee item codes with values."""
        return {code: draw() for code in self._random.sample(CODES, self._random.randint(0, 6))}

    def payout(self, zenmux: bool) -> dict[str, Any]:
        """A compensation."""
        amount = self.money() if self.maybe(0.3) else self.any(["0.5", 0.25, 1, 0, "2", None])
        paid = self.any([*TIMES, None, None, "2026-11-02T03:00:00Z"])
        if self.maybe(0.02):
            paid = "soon"
        names = ("payout", "paidAt") if zenmux else ("payout_usd", "paid_at")
        return {"type": self.any([*TYPES, None]), names[0]: amount, names[1]: paid}

    def record(self) -> dict[str, Any]:
        """A record of either shape."""
        zenmux = self.maybe(0.5)
        record = self.zenmux() if zenmux else self.native()
        if self.maybe(0.25):
            record["compensation"] = self.payout(zenmux)
        if self.maybe(0.1):
            record["event"] = self.any(["compensation", "compensation", "request"])
            for name in ("model", "modelSlug", "timestamp", "createdAt"):
                if self.maybe(0.3):
                    record.pop(name, None)
        if self.maybe(0.05):
            self.spoil(record)
        if self.maybe(0.1):
            added = {name: self.any(SECRET) for name in WILD if self.maybe(0.3)}
            record = added | record
            record = dict(self._random.sample(list(record.items()), len(record)))
        if self.maybe(0.1):
            record[self.any([name for name in NAMES if name in record])] = self.any(EVIL)
        shares = dict.fromkeys(record, 0.15) | {name: 0.02 for name in NEEDED if name in record}
        return {name: value for name, value in record.items() if not self.maybe(shares[name])}

    def spoil(self, record: dict[str, Any]) -> None:
        """Put an odd value somewhere, at any depth."""
        place: Any = record
        while True:
            name = self.any(list(place) if isinstance(place, dict) else list(range(len(place))))
            if not isinstance(place[name], dict | list) or not place[name] or self.maybe(0.3):
                place[name] = self.any(ODD)
                return
            place = place[name]

    def zenmux(self) -> dict[str, Any]:
        """A record of ZenMux's shape."""
        details = [
            {"feeItemCode": self.any([*CODES, None]), "billAmount": self.money(), "rate": 3}
            for _ in range(self._random.randint(0, 4))
        ]
        return {
            "generationId": self.any(IDS), "createdAt": self.any(TIMES), "modelSlug": self.any(MODELS),
            "model": "Display: Name", "apiKeyId": self.any(KEYS), "providerSlug": self.any(PROVIDERS),
            "generationTime": self.duration(), "latency": self.duration(),
            "streamed": self.any([True, True, False, None]), "throughput": self.rate(),
            "cancelled": self.any([False, False, False, True]), "finishReason": self.any(FINISH),
            "nativeFinishReason": self.any(FINISH),
            "nativeFeeTokens": self.any([self.amounts(self.count), {}, None]),
            "nativeTokens": {
                "prompt_tokens": self.count(), "completion_tokens": self.count(),
                "prompt_tokens_details": self.any([
                    {"cached_tokens": self.count(), "ephemeral_5m_input_tokens": self.count()},
                    {"ephemeral_1h_input_tokens": self.count()}, None,
                ]),
                "completion_tokens_details": {"reasoning_tokens": self.count()},
            },
            "billAmount": self.any([self.money(), None]), "usage": self.any([self.money(), None]),
            "discountAmount": self.any([self.money(), "0", None]),
            "ratingResponses": self.any([
                {"billAmount": self.money(), "ratingDetails": details, "discountAmount": 0.1},
                {"ratingDetails": details}, None,
            ]),
            "ext": {"requestSuccess": self.any([True, True, True, False, None])},
            "status": self.any([None, None, None, self.any(STATUSES)]),
            "errorType": self.any([None, None, None, self.any(ERRORS)]),
            "plan": self.any([None, None, "payg", "subscription", "gold"]),
        }  # fmt: skip

    def native(self) -> dict[str, Any]:
        """A native record."""
        return {
            "id": self.any([*IDS, "", None]), "timestamp": self.any(TIMES),
            "model": self.any(MODELS), "provider": self.any(PROVIDERS), "api_key": self.any(KEYS),
            "plan": self.any([None, None, "payg", " "]), "input_tokens": self.count(),
            "output_tokens": self.count(), "tokens": self.any([self.amounts(self.count), None]),
            "cost_usd": self.any([self.money(), None]), "discount_usd": self.any([self.money(), None]),
            "costs_usd": self.any([self.amounts(self.money), None]), "latency_ms": self.duration(),
            "generation_ms": self.duration(), "throughput_tps": self.rate(),
            "streamed": self.any([True, False, None]), "finish_reason": self.any([*FINISH, None]),
            "status": self.any([None, None, self.any(STATUSES)]),
            "error_type": self.any([None, None, None, self.any(ERRORS)]),
            "web_search_calls": self.any([None, None, 0, 2, self.count()]),
        }  # fmt: skip

    def line(self) -> bytes:
        """One line of a log."""
        draw = self._random.random()
        if draw < 0.06:
            return bytes(self.any(BROKEN))
        if draw < 0.1:
            return bytes(self.any(FINE))
        text = encode(self.record())
        if draw < 0.11:
            return text[: self._random.randint(1, len(text))]
        return self.spelt(text) if draw < 0.3 else text

    def spelt(self, text: bytes) -> bytes:
        """The same object in another spelling, or with what counts nothing."""
        repeated = f'{{"{self.any([*NAMES, *WILD[:4]])}": '.encode()
        return bytes(self.any([
            text + b"\r", b" \t" + text + b"  ", b"\xef\xbb\xbf" + text, escaped(text),
            text.replace(b", ", b",").replace(b": ", b":"), text.replace(b", ", b"\t,\r "),
            repeated + b"[7], " + text[1:] if len(text) > 2 else text,
            text[:-1] + b', "ignored": "\xff"}' if len(text) > 2 else text,
        ]))  # fmt: skip


class Number(str):
    """A number that is written into the JSON as it stands."""

    __slots__ = ()


def encode(value: Any) -> bytes:
    """JSON with `Number`s written digit by digit."""
    marks: list[str] = []

    def mark(part: Any) -> Any:
        if isinstance(part, Number):
            marks.append(str(part))
            return f"\ue000{len(marks) - 1}\ue000"
        if isinstance(part, dict):
            return {name: mark(inner) for name, inner in part.items()}
        return [mark(inner) for inner in part] if isinstance(part, list) else part

    text = json.dumps(mark(value), ensure_ascii=False)
    for number, digits in enumerate(marks):
        text = text.replace(f'"\ue000{number}\ue000"', digits)
    return text.encode()


def escaped(text: bytes) -> bytes:
    """All but ASCII as JSON escapes."""
    return "".join(c if c.isascii() else json.dumps(c)[1:-1] for c in text.decode()).encode()


def generate(seed: int, count: int) -> list[bytes]:
    """The lines of a log."""
    generator = Generator(seed)
    lines: list[bytes] = []
    for _ in range(count):
        repeat = bool(lines) and generator.maybe(0.05)
        lines.append(generator.any(lines) if repeat else generator.line())
    return lines
