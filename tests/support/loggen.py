"""Generate random request logs with all kinds of trouble, from a seed."""

import copy
import random
from collections.abc import Callable
from typing import Any

from json_numbers import Number, encode, escaped
from raw_lines import BROKEN, FINE

IDS: list[Any] = [*(f"gen_{number}" for number in range(38)), 7, 8]
MODELS = ["anthropic/claude", "openai/gpt", " spaced ", 'quo"te\\d', "ünï", "x" * 140, "sk-ai-v1-m"]
KEYS = ["key_1", "key_2", "sk-ss-v1-abc", "sk-ai-v1-def", "", "\x00ctrl\x7f\u0085"]
PROVIDERS = ["anthropic", "bedrock", "vertex", "\ttab "]
FINISH = ["stop", "STOP", "end_turn", "FINISH_REASON_MAX_TOKENS", "tool_use", "refusal", "SPII",
          "MALFORMED_FUNCTION_CALL", "error", "pause_turn", "NO_IMAGE", "", " length "]  # fmt: skip
CODES = ["prompt", "completion", "input_cache_read", "input_cache_write", "input_cache_write_5_min",
         "input_cache_write_1_h", "internal_reasoning", "audio", "image", "web_search", "request",
         "video", "brand_new", " prompt ", "", "second", "audio_input", "audio_cache_read"]  # fmt: skip
NAMES = ["model", "modelSlug", "provider", "providerSlug", "api_key", "apiKeyId", "plan", "errorType", "error_type",
         "finishReason", "finish_reason", "status"]  # fmt: skip
NEEDED = [
    "timestamp",
    "createdAt",
    "model",
    "modelSlug",
    "created_at",
    "created",
    "createTime",
    "modelVersion",
]
STATUSES: list[Any] = ["success", "failed", "Failure", "error", "cancelled", "canceled", 200, 429,
                       "500", 502, 402.0, "weird", 399, 524, "", "pending", "In_Progress", "timeout",
                       "expired", "Aborted", 499, "429 Too Many Requests", "done", "incomplete"]  # fmt: skip
PROBLEMS: list[Any] = [
    {},
    "",
    False,
    True,
    "boom",
    {"type": "rate_limit"},
    {"code": "402", "message": "no"},
]
ERRORS = ["rate_limit", "invalid_params", "provider_error", "internal_server_error", "Custom", " "]
TYPES = ["high_latency", "HighLatency", "Unsatisfactory Content", "other-Type!", "", "高延迟"]
TIMES: list[Any] = ["2026-11-01T00:00:00Z", "2026-11-01 00:00:00.123456", 1793491200,
                    1793491200123, "2026-11-01T08:00:00.999999+08:00", "2026-10-31t20:00:00-0400",
                    "1793491200", 1793491200.5, "2000-01-01T00:00:00Z",
                    "2100-12-31T23:59:59.999Z", "2026-11-01T00:00:00,5+00", "2026-11-01T00:00Z",
                    "2026-11-01T00:00:60Z", 1793491200123456, "1793491200123456789"]  # fmt: skip
# Wrong for most fields, right for some; each field gets each of them.
ODD: list[Any] = [True, False, -1, 0, 2.5, 5, "x", "", " ", "7", [], [1], {}, {"a": 1}, {"a": []}, None,
                  "NaN", "-Infinity", "1e999999999", "1e-999999999", "-0.0", 1000001, 10**13, "1.2.3", "0x10"]  # fmt: skip
WILD = ["problem", "messages", "traceId", "tokens", "nativeTokens", "timestamp", "generationTime", "apiKey",
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


class Generator:
    """Generates records; about `trouble` of the values are odd."""

    def __init__(self, seed: int) -> None:
        """Generate the same records for the same seed."""
        self._random = random.Random(seed)

    def maybe(self, share: float) -> bool:
        """Return True with this probability."""
        return self._random.random() < share

    def any(self, values: list[Any]) -> Any:
        """Return one of these values; a copy, since records are spoiled in place."""
        return copy.deepcopy(self._random.choice(values))

    def count(self) -> Any:
        """Return a number of tokens, in any spelling, rarely wrong."""
        number = self.any([0, 0, 1, 7, 120, 5000, 10**12])
        if self.maybe(0.03):
            return self.any([-1, "1_0", "x", True, [], 10**12 + 1, "1e999999999", "NaN", {}, ""])
        return self.any([number, number, number, float(number), str(number), 2.5, None])

    def money(self) -> Any:
        """Return an amount, in any spelling, rarely wrong."""
        if self.maybe(0.02):
            return self.any([-0.5, "abc", False, "1e400", 1000001, "Infinity", [], "-0.1", ""])
        digits = self._random.randint(0, 10 ** self._random.randint(1, 16))
        text = self.any([
            "0", "0.0", f"0.{digits}", f"{digits % 1000}.{digits}", "1e-12", "0.0000000000005",
            "0.0000000000015", f"0.000000{digits}5", "1000000", "999.999999999999",
        ])  # fmt: skip
        if self.maybe(0.5):
            return text
        return Number(text)

    def duration(self) -> Any:
        """Return milliseconds, rarely wrong."""
        if self.maybe(0.02):
            return self.any([-1, "slow", 604800001, True, "inf"])
        return self.any([0, 1, 99.9995, 100, 500, "2177", 3298, 60000, 1234.5678, 604800000, None])

    def rate(self) -> Any:
        """Return tokens per second."""
        if self.maybe(0.02):
            return self.any([-1, "fast", "NaN"])
        return self.any(["28.81", 0, 20.0, 10, "9.9999999", 123456789.1234565, None, "0"])

    def amounts(self, draw: Callable[[], Any]) -> dict[str, Any]:
        """Return a few fee item codes with values."""
        return {code: draw() for code in self._random.sample(CODES, self._random.randint(0, 6))}

    def payout(self, zenmux: bool) -> dict[str, Any]:
        """Return a compensation."""
        amount = self.money() if self.maybe(0.3) else self.any(["0.5", 0.25, 1, 0, "2", None])
        paid = self.any([*TIMES, None, None, "2026-11-02T03:00:00Z"])
        if self.maybe(0.02):
            paid = "soon"
        names = ("payout", "paidAt") if zenmux else ("payout_usd", "paid_at")
        return {"type": self.any([*TYPES, None]), names[0]: amount, names[1]: paid}

    def record(self) -> dict[str, Any]:
        """Return a record in ZenMux's or the native format."""
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
            names = [name for name in NAMES if name in record]
            record[self.any(names or ["plan"])] = self.any(EVIL)
        shares = dict.fromkeys(record, 0.15) | {name: 0.02 for name in NEEDED if name in record}
        return {name: value for name, value in record.items() if not self.maybe(shares[name])}

    def usage(self) -> dict[str, Any]:
        """Return a usage object in some protocol's names; its total is right, odd or absent."""
        p, c = self.any([7, 120, 5000]), self.any([1, 7, 120])
        read, thought = self.any([0, 3, 7]), self.any([0, 1, 5])
        total = self.any([p + c, p + c + read, p + c + thought, p + c + read + thought, 1, None])
        return dict(self.any([
            {"prompt_tokens": p, "completion_tokens": c, "total_tokens": total,
             "prompt_tokens_details": {"cached_tokens": read, "web_search": self.any([None, 2])},
             "completion_tokens_details": {"reasoning_tokens": thought, "audio_tokens": 0}},
            {"input_tokens": p, "output_tokens": c, "total_tokens": total,
             "input_tokens_details": {"cached_tokens": read}},
            {"input_tokens": p, "output_tokens": c, "cache_read_input_tokens": read,
             "cache_creation_input_tokens": thought, "service_tier": "standard"},
            {"promptTokenCount": p, "candidatesTokenCount": c, "totalTokenCount": total,
             "cachedContentTokenCount": read, "thoughtsTokenCount": thought},
        ]))  # fmt: skip

    def spoil(self, record: dict[str, Any]) -> None:
        """Replace some value at any depth by an odd one."""
        place: Any = record
        while True:
            name = self.any(list(place) if isinstance(place, dict) else list(range(len(place))))
            if not isinstance(place[name], dict | list) or not place[name] or self.maybe(0.3):
                place[name] = self.any(ODD)
                return
            place = place[name]

    def zenmux(self) -> dict[str, Any]:
        """Return a record in ZenMux's format."""
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
            "nativeTokens": self.any([self.usage(), {
                "prompt_tokens": self.count(), "completion_tokens": self.count(),
                "prompt_tokens_details": self.any([
                    {"cached_tokens": self.count(), "ephemeral_5m_input_tokens": self.count()},
                    {"ephemeral_1h_input_tokens": self.count()}, None,
                ]),
                "completion_tokens_details": {"reasoning_tokens": self.count()},
            }]),
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
            "error": self.any([None, None, None, None, self.any(PROBLEMS)]),
            "api": self.any([None, "messages", "chat.completions"]),
        }  # fmt: skip

    def native(self) -> dict[str, Any]:
        """Return a native record or a response body."""
        if self.maybe(0.2):
            return self.body()
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
            "error": self.any([None, None, None, None, self.any(PROBLEMS)]),
            "web_search_calls": self.any([None, None, 0, 2, self.count()]),
        }  # fmt: skip

    def body(self) -> dict[str, Any]:
        """Return a response body as received."""
        ends: list[dict[str, Any]] = [
            {"choices": [{"finish_reason": self.any(FINISH)}]}, {"stop_reason": self.any(FINISH)},
            {"candidates": [{"finishReason": self.any(FINISH)}]},
            {"status": "incomplete", "incomplete_details": {"reason": self.any(FINISH)}},
        ]  # fmt: skip
        return {
            self.any(["id", "generation_id", "responseId"]): self.any(IDS),
            self.any(["created_at", "created", "createTime", "createdAt"]): self.any(TIMES),
            self.any(["model", "modelVersion"]): self.any(MODELS),
            self.any(["usage", "usageMetadata"]): self.usage(),
            **self.any(ends),
        }

    def line(self) -> bytes:
        """Return one line of a log."""
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
        """Return the same object in another spelling, or with parts that count nothing."""
        repeated = f'{{"{self.any([*NAMES, *WILD[:4]])}": '.encode()
        return bytes(self.any([
            text + b"\r", b" \t" + text + b"  ", b"\xef\xbb\xbf" + text, escaped(text),
            text.replace(b", ", b",").replace(b": ", b":"), text.replace(b", ", b"\t,\r "),
            repeated + b"[7], " + text[1:] if len(text) > 2 else text,
            text[:-1] + b', "ignored": "\xff"}' if len(text) > 2 else text,
        ]))  # fmt: skip


def generate(seed: int, count: int) -> list[bytes]:
    """Return the lines of a log."""
    generator = Generator(seed)
    lines: list[bytes] = []
    for _ in range(count):
        repeat = bool(lines) and generator.maybe(0.05)
        lines.append(generator.any(lines) if repeat else generator.line())
    return lines
