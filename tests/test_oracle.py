"""The oracle against sums done by hand: the ground truth is checked without the exporter."""

import ast
import gzip
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import oracle
import pytest
from oracle import Histogram, Oracle, Settings, Totals, differences, parse_exposition

PACKAGE = Path(oracle.__file__).parent
BENCHMARKS = PACKAGE.parents[1] / "benchmarks"
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
    """A native record with time and model."""
    return {"timestamp": TIME, "model": "m"} | fields


def zenmux(**fields: Any) -> dict[str, Any]:
    """A record of ZenMux's shape with time and model."""
    return {"createdAt": TIME, "modelSlug": "m"} | fields


def paid(payout: Any, **fields: Any) -> dict[str, Any]:
    """A line that reports a payout only."""
    compensation = {"type": "high_latency", "payout_usd": payout}
    return {"event": "compensation", "compensation": compensation} | fields


def fed(*lines: dict[str, Any] | bytes, settings: Settings | None = None) -> Oracle:
    """An oracle of records or raw lines."""
    oracle = Oracle(settings or Settings())
    for line in lines:
        oracle.feed("s", line if isinstance(line, bytes) else json.dumps(line).encode())
    return oracle


def results(*lines: dict[str, Any] | bytes, settings: Settings | None = None) -> list[str]:
    """The result of each line."""
    oracle = Oracle(settings or Settings())
    return [
        oracle.feed("s", line if isinstance(line, bytes) else json.dumps(line).encode())
        for line in lines
    ]


def by(oracle: Oracle, metric: str, label: str) -> dict[str, Decimal]:
    """A counter's totals by one label."""
    found: dict[str, Decimal] = {}
    for (name, labels), value in oracle.totals().counters.items():
        if name == f"zenmux_{metric}_total":
            shown = dict(labels)[label]
            found[shown] = found.get(shown, Decimal(0)) + value
    return found


def usd(**amounts: str) -> dict[str, Decimal]:
    """Amounts by item."""
    return {name: Decimal(amount) for name, amount in amounts.items()}


def histogram(oracle: Oracle, metric: str) -> Histogram | None:
    """The only histogram of a metric."""
    found = [h for (name, _), h in oracle.totals().histograms.items() if name == metric]
    assert len(found) < 2
    return found[0] if found else None


def sums(oracle: Oracle) -> dict[str, tuple[int, Decimal]]:
    """Count and sum of each histogram, by the metric's short name."""
    return {
        name.removeprefix("zenmux_"): (h.count, h.total)
        for (name, _), h in oracle.totals().histograms.items()
    }


def reason(line: dict[str, Any] | bytes, settings: Settings | None = None) -> str:
    """Why a line is invalid, empty for a valid one."""
    return "".join(by(fed(line, settings=settings), "exporter_invalid_records", "reason"))


def test_published_raw_meta() -> None:
    """The request that the documentation shows in full: every series of it."""
    totals = fed(RAW_META).totals()
    model = {
        "model": "anthropic/claude-sonnet-4", "provider": "anthropic", "plan": "payg",
    }  # fmt: skip
    full = model | {"api_key": "2534AKkA4Nqn14642786"}

    def key(name: str, labels: dict[str, str], **more: str) -> Any:
        return (name, tuple(sorted((labels | more).items())))

    assert totals.counters == {
        key("zenmux_exporter_records_total", {}, source="s", result="accepted"): 1,
        key("zenmux_requests_total", full, outcome="success"): 1,
        key("zenmux_requests_total", full, outcome="error"): 0,
        key("zenmux_finish_reasons_total", model, finish_reason="tool_calls"): 1,
        key("zenmux_tokens_total", full, direction="input", token_type="prompt"): 16527,
        key("zenmux_tokens_total", full, direction="output", token_type="completion"): 95,
        key("zenmux_cost_usd_total", full, item="prompt"): Decimal("0.049581"),
        key("zenmux_cost_usd_total", full, item="completion"): Decimal("0.001425"),
    }
    assert sums(fed(RAW_META)) == {
        "time_to_first_token_seconds": (1, Decimal("2.177")),
        "generation_duration_seconds": (1, Decimal("3.298")),
        "request_duration_seconds": (1, Decimal("5.475")),
        "output_tokens_per_second": (1, Decimal("28.81")),
    }
    duration = totals.histograms[key("zenmux_request_duration_seconds", model)]
    assert [count for _, count in duration.cumulative] == [0] * 7 + [1] * 9
    assert duration.cumulative[7][0] == 8
    assert totals.newest == 1755830958


def test_published_generation() -> None:
    """The answer of get-generation: tokens by protocol, billed by rating, throughput computed."""
    oracle = fed(GENERATION)

    assert by(oracle, "tokens", "token_type") == {"prompt": 32, "completion": 128}
    assert by(oracle, "cost_usd", "item") == usd(prompt="0.0016", completion="0.0036")
    assert sums(oracle)["output_tokens_per_second"] == (1, Decimal(40))
    assert by(oracle, "requests", "api_key") == {"unknown": 1}
    assert oracle.totals().newest == 1774504800


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        ({"prompt_tokens": 100, "prompt_tokens_details": {"cached_tokens": 80}},
         {"prompt": 20, "input_cache_read": 80}),
        ({"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 80}},
         {"prompt": 10, "input_cache_read": 80}),
        ({"prompt_tokens": 10, "prompt_tokens_details":
          {"cached_tokens": 4, "ephemeral_5m_input_tokens": 4, "ephemeral_1h_input_tokens": 2}},
         {"input_cache_read": 4, "input_cache_write_5_min": 4, "input_cache_write_1_h": 2}),
        ({"prompt_tokens": 10, "prompt_tokens_details":
          {"cached_tokens": 4, "ephemeral_5m_input_tokens": 4, "ephemeral_1h_input_tokens": 3}},
         {"prompt": 10, "input_cache_read": 4, "input_cache_write_5_min": 4,
          "input_cache_write_1_h": 3}),
        ({"completion_tokens": 9, "completion_tokens_details": {"reasoning_tokens": 9}},
         {"internal_reasoning": 9}),
    ],
)  # fmt: skip
def test_subsets_leave_their_parent(used: dict[str, Any], expected: dict[str, int]) -> None:
    """Cached and reasoning tokens are taken out of their parent if all of them fit."""
    assert by(fed(zenmux(nativeTokens=used)), "tokens", "token_type") == expected


def test_fee_tokens_win() -> None:
    """Billed quantities are taken as they are; an empty object is as good as none."""
    used = {"prompt_tokens": 5}
    fees = {"prompt": 3, "input_cache_write": 10, "input_cache_write_5_min": 4, "request": 2,
            " prompt ": 1, "video": 8, "input_cache_new": 6, "": 1}  # fmt: skip
    oracle = fed(zenmux(nativeFeeTokens=fees, nativeTokens=used))

    assert by(oracle, "tokens", "token_type") == {
        "prompt": 4, "input_cache_write": 6, "input_cache_write_5_min": 4, "video": 8,
        "input_cache_new": 6, "unknown": 1,
    }  # fmt: skip
    assert by(oracle, "tokens", "direction") == {"input": 20, "other": 9}
    assert by(oracle, "billed_units", "unit") == {"request": 2}
    assert by(fed(zenmux(nativeFeeTokens={}, nativeTokens=used)), "tokens", "token_type") == {
        "prompt": 5
    }


def test_native_totals_fill_up() -> None:
    """What listed types leave of a total is prompt or completion; never a negative rest."""
    listed = {"input_cache_read": 30, "input_cache_write": 9, "input_cache_write_1_h": 9,
              "completion": 2, "audio": 1}  # fmt: skip
    oracle = fed(native(tokens=listed, input_tokens=100, output_tokens="2.0"))

    assert by(oracle, "tokens", "token_type") == {
        "prompt": 61, "input_cache_read": 30, "input_cache_write_1_h": 9, "completion": 2,
        "audio": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("bill", "items", "expected"),
    [
        ("1", {}, usd(unitemized="1")),
        (None, {"a": "1", "b": "2"}, usd(a="1", b="2")),
        ("3.5", {"a": "1", "b": "2"}, usd(a="1", b="2", unitemized="0.5")),
        ("2.5", {"a": "1", "b": "2"}, usd(a="1", b="1.5")),
        ("0.5", {"a": "1", "b": "2"}, usd(a="0.5")),
        ("1.5", {"b": "1", "a": "1"}, usd(a="0.5", b="1")),
        ("0", {"a": "1", "b": "2"}, {}),
        ("1e-12", {"a": "0.0000000000005"}, usd(unitemized="1e-12")),
        (None, {"a": "0.0000000000015", "b": "0.0000000000025"}, usd(a="2e-12", b="2e-12")),
        (None, {"a": "0.00000000000050000000000000000000001"}, usd(a="1e-12")),
        (None, {"a": None, "b": None}, {}),
    ],
)  # fmt: skip
def test_items_add_up_to_the_bill(
    bill: str | None, items: dict[str, str], expected: dict[str, Decimal]
) -> None:
    """A remainder is unitemized, an excess comes off the largest; rounded half-even to 1e-12."""
    oracle = fed(native(cost_usd=bill, costs_usd=items))

    assert by(oracle, "cost_usd", "item") == expected


def test_bill_precedence() -> None:
    """billAmount, then the rating's, then usage, then the sum of the details."""
    details = [{"feeItemCode": "prompt", "billAmount": 1}, {"billAmount": 0.5}]
    record = zenmux(billAmount="8", usage=2,
                    ratingResponses={"billAmount": 4, "ratingDetails": details})  # fmt: skip
    bills = []
    for drop in ("billAmount", "rating", "usage", ""):
        bills.append(sum(by(fed(record), "cost_usd", "item").values()))
        if drop == "rating":
            record["ratingResponses"]["billAmount"] = None
        record[drop] = None

    assert bills == [8, 4, 2, Decimal("1.5")]


def test_exact_sums() -> None:
    """Large and small amounts in one total lose nothing; discounts need a bill."""
    lines = [native(cost_usd="1000000", discount_usd="0.1") for _ in range(1000)]
    oracle = fed(*lines, native(cost_usd="0.000000000001"), native(discount_usd=1))

    assert by(oracle, "cost_usd", "item") == {"unitemized": Decimal("1000000000.000000000001")}
    assert by(oracle, "discount_usd", "plan") == {"payg": Decimal(100)}


@pytest.mark.parametrize(
    ("fields", "outcome", "error", "responsibility"),
    [
        ({}, "success", "", ""),
        ({"status": 399}, "success", "", ""),
        ({"status": "success"}, "success", "", ""),
        ({"error_type": " "}, "success", "", ""),
        ({"cancelled": True, "status": 500}, "cancelled", "", ""),
        ({"status": "Canceled", "error_type": "x"}, "cancelled", "", ""),
        ({"status": "cancelled"}, "cancelled", "", ""),
        ({"status": "Failed"}, "error", "Failed", "unknown"),
        ({"status": 429}, "error", "429", "quota"),
        ({"status": "502"}, "error", "502", "platform"),
        ({"status": 402.0}, "error", "402", "quota"),
        ({"status": 500}, "error", "500", "unknown"),
        ({"status": 524}, "error", "524", "provider"),
        ({"status": 422}, "error", "422", "client"),
        ({"status": 429, "error_type": "provider_error"}, "error", "provider_error", "provider"),
        ({"error_type": "Invalid_Params"}, "error", "Invalid_Params", "client"),
        ({"error_type": "strange"}, "error", "strange", "unknown"),
        ({"finish_reason": "FINISH_REASON_MALFORMED_FUNCTION_CALL"}, "error", "unknown", "unknown"),
    ],
)  # fmt: skip
def test_outcomes(fields: dict[str, Any], outcome: str, error: str, responsibility: str) -> None:
    """Cancelled before error before success; the type of an error and who is responsible."""
    oracle = fed(native(**fields))

    expected = {"success": Decimal(0), "error": Decimal(0)} | {outcome: Decimal(1)}
    assert by(oracle, "requests", "outcome") == expected
    assert "".join(by(oracle, "request_errors", "error_type")) == error
    assert "".join(by(oracle, "request_errors", "responsibility")) == responsibility


def test_request_success() -> None:
    """The success flag of ZenMux's records decides; without a type the status is told."""
    oracle = fed(zenmux(ext={"requestSuccess": False}, status="success"))

    assert by(oracle, "requests", "outcome") == {"success": 0, "error": 1}
    assert by(oracle, "request_errors", "error_type") == {"success": 1}


@pytest.mark.parametrize(
    ("first", "other", "expected"),
    [
        ("stop", None, "stop"), (None, "end_turn", "stop"), (" ", "stop_sequence", "stop"),
        (" FINISH_REASON_MAX_TOKENS ", "stop", "length"), ("Length", None, "length"),
        ("function_call", None, "tool_calls"), ("tool_use", None, "tool_calls"),
        ("refusal", None, "content_filter"), ("finish_reason_SPII", None, "content_filter"),
        ("IMAGE_PROHIBITED_CONTENT", None, "content_filter"), ("error", None, "error"),
        ("NO_IMAGE", None, "other"), ("pause_turn", None, "other"), (None, None, "unknown"),
    ],
)  # fmt: skip
def test_finish_reasons(first: str | None, other: str | None, expected: str) -> None:
    """Reasons of all protocols become seven."""
    oracle = fed(zenmux(finishReason=first, nativeFinishReason=other))

    assert by(oracle, "finish_reasons", "finish_reason") == {expected: 1}


def test_speed() -> None:
    """Only successes are observed; not streamed has no first token; throughput needs output."""
    full = {"latency_ms": 500, "generation_ms": 1500, "output_tokens": 10}
    computed = {"generation_ms": 3000, "throughput_tps": 0, "output_tokens": 10}

    assert sums(fed(native(**full, status="error"))) == {}
    assert set(sums(fed(native(**full, streamed=False)))) == {
        "generation_duration_seconds", "request_duration_seconds", "output_tokens_per_second",
    }  # fmt: skip
    assert sums(fed(native(**computed))) == {
        "generation_duration_seconds": (1, Decimal(3)),
        "output_tokens_per_second": (1, Decimal("3.333333")),
    }
    assert sums(fed(native(throughput_tps=20))) == {}
    assert sums(fed(native(latency_ms="0.0005"))) == {
        "time_to_first_token_seconds": (1, Decimal(0))
    }
    assert sums(fed(native(latency_ms="0.0015")))["time_to_first_token_seconds"] == (
        1, Decimal("0.000002"),
    )  # fmt: skip


def test_bounds_belong_to_their_bucket() -> None:
    """A value equal to a bound is counted under it."""
    found = histogram(fed(native(latency_ms=100)), "zenmux_time_to_first_token_seconds")

    assert found is not None
    assert found.cumulative[0] == (Decimal("0.1"), 1)
    assert len(found.cumulative) == 16


def test_web_search() -> None:
    """Searches by their own field, else by the unit; tokens by direction."""
    tokens = {"prompt": 7, "completion": 5, "video": 1, "web_search": 2}
    oracle = fed(native(tokens=tokens), native(tokens=tokens, web_search_calls=0),
                  native(web_search_calls=3))  # fmt: skip

    assert by(oracle, "web_search_requests", "model") == {"m": 2}
    assert by(oracle, "web_search_calls", "model") == {"m": 5}
    assert by(oracle, "web_search_tokens", "direction") == {"input": 7, "output": 5, "other": 1}
    assert by(oracle, "billed_units", "unit") == {"web_search": 4}


@pytest.mark.parametrize(
    ("time", "newest"),
    [
        ("2026-11-01T00:00:00.1239Z", "1793491200.123"), ("2026-11-01 00:00:00", "1793491200"),
        ("2026-11-01t08:00:00+0800", "1793491200"), ("2026-10-31T19:30:00z", "1793475000"),
        ("2026-10-31T19:30:00-04:30", "1793491200"), (1793491200, "1793491200"),
        (1793491200.5009, "1793491200.500"), (1793491200123, "1793491200.123"),
        ("1793491200123.9", "1793491200.123"), ("2000-01-01T00:00:00Z", "946684800"),
        ("2100-12-31T23:59:59.999Z", "4133980799.999"), (99999999999, ""), (10**11, ""),
        ("2101-01-01T00:00:00Z", ""), ("1999-12-31T23:59:59Z", ""), (True, ""), ([], ""),
        ("2026-11-01T00:00:60Z", ""), ("2026-11-01T00:00Z", ""), ("2026-11-01", ""), ("", ""),
        (" 2026-11-01T00:00:00Z", ""), ("2026-11-01T00:00:00.Z", ""), ("2026-11-01  00:00:00", ""),
        ("2026-11-01T00:00:00+24:00", ""), ("2026-11-01T00:00:00+8:00", ""), ("1e999999999", ""),
        ("2026-02-29T00:00:00Z", ""), ("NaN", ""), (-1, ""), ("٢026-11-01T00:00:00Z", ""),
    ],
)  # fmt: skip
def test_times(time: Any, newest: str) -> None:
    """Spellings of a time, cut at milliseconds; the rest is bad_time."""
    oracle = fed({"timestamp": time, "model": "m"})

    assert oracle.totals().newest == (Decimal(newest) if newest else None)
    assert ("bad_time" in by(oracle, "exporter_invalid_records", "reason")) is not bool(newest)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"\xff", "not_utf8"), (b"{", "not_json"), (b"[1]", "not_object"), (b"{}", "missing_time"),
        (b'{"timestamp": NaN}', "not_json"), (b'{"a": "\\ud800"}', "missing_time"),
        (b'{"a": "\\udc00\\ud800", "a": 1}', "missing_time"), (b'{"a": 01}', "not_json"),
        (b'{"a": "\\\\ud800"}', "missing_time"), (b'{"a": "\\ud83d\\ude00"}', "missing_time"),
        (b'{"a": "\t"}', "not_json"), (b'\xef\xbb\xbf{"a": 1}', "missing_time"),
        (b'{"a": ' + b"[" * 899 + b"]" * 899 + b"}", "missing_time"),
        (b'{"a": ' + b"[" * 900 + b"]" * 900 + b"}", "not_json"),
        (b"[" * 100_000, "not_json"), (b'{"a": "' + b"[" * 5000 + b'\\"]"}', "missing_time"),
        (native(model=None), "missing_model"), (native(model=" "), "missing_model"),
        (native(timestamp="x", model=None), "bad_time"), (native(model=5), "bad_type"),
        (zenmux(modelSlug="", model=None), "missing_model"),
        (native(input_tokens=2.5, output_tokens=-1), "bad_type"),
        (native(input_tokens=-1), "bad_number"), (native(input_tokens=10**12), ""),
        (native(input_tokens=10**12 + 1), "bad_number"), (native(cost_usd="1000000"), ""),
        (native(cost_usd="1000000.0000000000001"), "bad_number"),
        (native(latency_ms=604_800_000), ""), (native(latency_ms=604_800_001), "bad_number"),
        (native(cost_usd="1e999999999"), "bad_number"), (native(cost_usd="1e-999999999"), ""),
        (native(input_tokens="1e-999999999"), "bad_type"), (native(input_tokens="5.0"), ""),
        (native(input_tokens="0e999999999"), ""), (native(cost_usd="NaN"), "bad_number"),
        (native(cost_usd="sNaN"), "bad_number"), (native(cost_usd="1.2.3e5"), "bad_type"),
        (native(cost_usd=""), "bad_type"), (native(cost_usd=True), "bad_type"),
        (native(streamed=1), "bad_type"), (native(tokens=[]), "bad_type"),
        (native(compensation=5), "bad_type"), (native(compensation={"paid_at": "x"}), "bad_time"),
        (native(throughput_tps="1e13"), "bad_number"), (native(status=False), "bad_type"),
        (native(nativeTokens=5, usage=[], ext="x"), ""), (zenmux(cost_usd=[], tokens=1), ""),
        (zenmux(ratingResponses={"ratingDetails": [1]}), "bad_type"),
        (zenmux(nativeTokens={"prompt_tokens": []}), "bad_type"),
        (native(generationId=None, createdAt=None), ""), (native(generationId=""), "missing_time"),
        ({"event": "compensation"}, "missing_time"), (paid(1, id=" "), "missing_time"),
        (paid(None, id="a"), "missing_payout"), ({"event": "compensation", "id": "a"},
        "missing_payout"), (native(event=1), "bad_type"), (native(event="request"), ""),
    ],
)  # fmt: skip
def test_validity(line: dict[str, Any] | bytes, expected: str) -> None:
    """The first reason that applies, and only for fields that the rules read."""
    assert reason(line) == expected


def test_number_literals() -> None:
    """Literals beyond all floats: absurd ones are bad, tiny ones are zero, none takes time."""
    start = b'{"timestamp": 1793491200, "model": "m", '
    expected = {b"1e400": "bad_number", b"1e-400": "", b"9" * 9999: "bad_number", b"0.10": ""}

    for literal, why in expected.items():
        assert reason(start + b'"cost_usd": ' + literal + b"}") == why
        assert reason(start + b'"unknown": ' + literal + b"}") == ""


def test_line_length() -> None:
    """A line is too long by its bytes, before anything else is looked at."""
    settings = Settings(max_line=20)

    assert reason(b"\xff" * 21, settings) == "line_too_long"
    assert reason(b"\xff" * 20, settings) == "not_utf8"


def test_blank_lines_and_repeated_keys() -> None:
    """Blank lines have no result; of a repeated key the last counts."""
    repeated = b'{"timestamp": true, "timestamp": 1793491200, "model": "a", "model": "b"}\r'

    assert results(b"", b" \t", b"\r", repeated) == ["", "", "", "accepted"]
    assert by(fed(repeated), "requests", "model") == {"b": 1}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (" a ", "a"), ("a\tb\x00\x85c", "a_b__c"), ("", "unknown"), (None, "unknown"),
        ("x" * 128, "x" * 128), ("x" * 129, "x" * 128 + "~0ec9eb33"),
        ("sk-ss-v1-not-a-real-key", "sha256:ed0ec4d03dbe"), ("Sk-x", "Sk-x"),
        ("my sk-ai-v1-secret", "sha256:"), ('q"\\\n', 'q"\\'), ("ünï", "ünï"),
    ],
)  # fmt: skip
def test_labels(value: str | None, shown: str) -> None:
    """Trimmed, without control characters, cut with a hash, secrets hashed."""
    found = "".join(by(fed(native(provider=value)), "requests", "provider"))

    assert found == shown or (shown == "sha256:" and found.startswith(shown) and len(found) == 19)


def test_plans_and_keys() -> None:
    """The record's plan, else the key's, else by the key's shape; configured keys have names."""
    settings = Settings(keys={"k": ("checkout", "gold"), "n": ("nameless", None)})
    oracle = fed(
        native(api_key=" k "), native(api_key="k", plan="payg"), native(api_key="n"),
        native(api_key="sk-ss-v1-x"), settings=settings,
    )  # fmt: skip

    assert by(oracle, "requests", "plan") == {"gold": 1, "payg": 2, "subscription": 1}
    assert set(by(oracle, "requests", "api_key")) >= {"checkout", "nameless"}


def test_limits() -> None:
    """First come, first served; lists and names take no place, sums stay exact."""
    models = Settings(limits={**Settings().limits, "model": 1}, display={"model": {"raw": "Shown"}})
    listed = Settings(allow={"model": frozenset({"a"})}, deny={"provider": frozenset({"p"})})
    lines = [native(model=model, provider="p") for model in ("raw", "a", "b", "a", "other")]

    assert by(fed(*lines, settings=models), "requests", "model") == {
        "Shown": 1, "a": 2, "other": 2,
    }  # fmt: skip
    assert by(fed(*lines, settings=listed), "requests", "model") == {"a": 2, "other": 3}
    assert by(fed(*lines, settings=listed), "requests", "provider") == {"other": 5}


def test_once_per_id() -> None:
    """The first record of an id counts; a missing bill is added once, under its labels."""
    lines = [
        native(id="a", output_tokens=1),
        native(id="a", output_tokens=9, model="else", cost_usd="0.25", costs_usd={"x": "0.25"}),
        native(id="a", cost_usd="0.5"),
        zenmux(generationId="a", billAmount=1),
        native(id=" ", output_tokens=1),
        native(id=" ", output_tokens=1),
    ]

    assert results(*lines) == [
        "accepted", "amended", "duplicate", "duplicate", "accepted", "accepted",
    ]  # fmt: skip
    assert by(fed(*lines), "cost_usd", "item") == usd(x="0.25")
    assert by(fed(*lines), "cost_usd", "model") == usd(m="0.25")
    assert by(fed(*lines), "tokens", "token_type") == {"completion": 3}


def test_id_window() -> None:
    """The oldest arrival is forgotten first, also a payout's; seen again does not refresh it."""
    settings = Settings(id_window=2)
    ids = ["a", "b", "a", "c", "a", "c"]

    assert results(*(native(id=i) for i in ids), settings=settings) == [
        "accepted", "accepted", "duplicate", "accepted", "accepted", "duplicate",
    ]  # fmt: skip
    assert results(paid(1, id="x"), native(id="b"), native(id="c"), paid(1, id="x"),
                   settings=settings)[-1] == "accepted"  # fmt: skip


def test_payout_after_its_request() -> None:
    """Counted once for an id and type, under the request's labels; raises add to the sum only."""
    lines = [
        native(id="a", api_key="k"), paid("0.10", id="a", model="else", timestamp=1793491300),
        paid("0.10", id="a"), paid("0.05", id="a"), paid("0.15", id="a"), paid(0, id="b"),
        native(id="a", compensation={"type": "Other Type!", "payout_usd": 1}),
    ]  # fmt: skip
    oracle = fed(*lines)

    assert results(*lines) == ["accepted", "amended", "duplicate", "duplicate", "amended",
                               "duplicate", "amended"]  # fmt: skip
    assert by(oracle, "insurance_compensations", "compensation_type") == {
        "high_latency": 1, "other_type": 1,
    }  # fmt: skip
    assert by(oracle, "insurance_payout_usd", "api_key") == {"k": Decimal("1.15")}
    assert sum(h.total for h in oracle.totals().histograms.values()) == Decimal("1.1")


def test_payout_before_its_request() -> None:
    """Counted under its own labels; the request counts once, its payout not again."""
    late = native(id="a", model="r", compensation={"type": "highLatency", "payout_usd": "0.3"})
    lines = [paid("0.1", id="a", model="own"), paid("0.2", id="a"), late, late]
    oracle = fed(*lines)

    assert results(*lines) == ["accepted", "amended", "accepted", "duplicate"]
    assert by(oracle, "insurance_compensations", "model") == {"own": 1}
    assert by(oracle, "insurance_payout_usd", "model") == usd(own="0.2", r="0.1")
    assert by(oracle, "requests", "model") == {"r": 1}


def test_payout_delay() -> None:
    """From the request's first time to the payout, where both are known and in order."""

    def delay(*lines: dict[str, Any]) -> Decimal | None:
        found = histogram(fed(*lines), "zenmux_insurance_payout_delay_seconds")
        return None if found is None else found.total

    def told(at: Any, **fields: Any) -> dict[str, Any]:
        return paid(1, **fields) | {"compensation": {"payout_usd": 1, "paid_at": at}}

    day = "2026-11-02T00:00:00.5Z"
    assert delay(native(id="a"), told(day, id="a")) == Decimal("86400.5")
    assert delay(native(id="a"), told(day, id="a", timestamp="2026-11-02T00:00:00Z")) == Decimal(
        "86400.5"
    )
    assert delay(told(day, id="a", timestamp=TIME)) == Decimal("86400.5")
    assert delay(told(day, id="a")) is None
    assert delay(native(id="a"), told("2026-10-01T00:00:00Z", id="a")) is None


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("HighLatency", "high_latency"), ("Unsatisfactory Content", "unsatisfactory_content"),
        ("--A--b__c!", "a_b_c"), ("HTTPError", "httperror"), ("a1B", "a1_b"),
        ("高 延迟", "高_延迟"),
        ("", "unknown"), ("!", "unknown"), (None, "unknown"),
    ],
)  # fmt: skip
def test_compensation_types(told: str | None, shown: str) -> None:
    """Types become snake case, in any script."""
    oracle = fed(native(compensation={"type": told, "payout_usd": 1}))

    assert by(oracle, "insurance_compensations", "compensation_type") == {shown: 1}


def test_many_items_take_linear_time() -> None:
    """A bill of 0 over thousands of items."""
    costs = {f"item {number}": 1 for number in range(20_000)}

    assert by(fed(native(cost_usd=0, costs_usd=costs)), "cost_usd", "item") == {}


def test_files(tmp_path: Path) -> None:
    """Packed or not, the last line counts without an end too."""
    lines = json.dumps(native()).encode() + b"\r\n\n{\n" + json.dumps(native()).encode()
    plain, packed = tmp_path / "a.jsonl", tmp_path / "a.jsonl.gz"
    plain.write_bytes(lines)
    packed.write_bytes(gzip.compress(lines))
    oracle = Oracle(Settings())
    oracle.feed_file("s", plain)
    oracle.feed_file("s", packed)

    assert by(oracle, "exporter_records", "result") == {"accepted": 4, "invalid": 2}


EXPOSITION = r"""# HELP zenmux_cost_usd_total x
# TYPE zenmux_cost_usd_total counter
zenmux_cost_usd_total{item="a\"}\\n\n, b=\"c",model="m # 1"} 0.000000000001
zenmux_exporter_ids 5
zenmux_exporter_ids_evicted_total 5
zenmux_exporter_records_total{source="s",result="invalid"} 2
zenmux_insurance_payout_delay_seconds_bucket{le="10800.0"} 1 # {generation_id="g"} 5 1
zenmux_insurance_payout_delay_seconds_bucket{le="3600"} 0
zenmux_insurance_payout_delay_seconds_bucket{le="+Inf"} 2
zenmux_insurance_payout_delay_seconds_sum 12345678901234567890.000001
zenmux_insurance_payout_delay_seconds_count 2
zenmux_last_request_timestamp_seconds 1793491200.123
go_goroutines 7
"""


def test_parse_exposition() -> None:
    """Escapes, exemplars and exact numbers; metrics of others are left out."""
    assert parse_exposition(EXPOSITION) == Totals(
        {
            ("zenmux_cost_usd_total", (("item", 'a"}\\n\n, b="c'), ("model", "m # 1"))): Decimal(
                "1e-12"
            ),
            ("zenmux_exporter_records_total", (("result", "invalid"), ("source", "s"))): Decimal(2),
        },
        {
            ("zenmux_insurance_payout_delay_seconds", ()): Histogram(
                ((Decimal(3600), 0), (Decimal(10800), 1), (Decimal("Infinity"), 2)),
                2,
                Decimal("12345678901234567890.000001"),
            )
        },
        Decimal("1793491200.123"),
    )


def test_differences() -> None:
    """Each difference is told by its series; a missing counter is 0."""
    one, other = fed(RAW_META).totals(), fed(RAW_META, native()).totals()
    zero: Any = {("zenmux_requests_total", ()): Decimal(0)}

    assert differences(one, one) == []
    assert differences(Totals(zero), Totals()) == []
    assert (
        'zenmux_exporter_records_total{result="accepted",source="s"}: expected 1, found 2'
        in differences(one, other)
    )


def imported(path: Path) -> set[str]:
    """The top-level names of the modules that a file imports; relative imports are left out."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(str(node.module).split(".")[0])
    return found


def test_shares_no_code_with_the_exporter() -> None:
    """The oracle imports the standard library only."""
    names = set().union(*map(imported, PACKAGE.rglob("*.py")))

    assert "json" in names
    assert names <= sys.stdlib_module_names


def test_is_no_part_of_the_benchmarks() -> None:
    """Benchmarks measure the exporter; the oracle belongs to the tests."""
    names = set().union(*map(imported, BENCHMARKS.rglob("*.py")))

    assert "exporter" in names
    assert "oracle" not in names
