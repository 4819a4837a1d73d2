"""The oracle against expected values: valid records and fields."""

from decimal import Decimal
from typing import Any

import pytest

from oracle import Settings
from recounting import by, faults, fed, native, paid, reason, results, zenmux


@pytest.mark.parametrize(
    ("time", "newest"),
    [
        ("2026-11-01T00:00:00.1239Z", "1793491200.123"), ("2026-11-01 00:00:00", "1793491200"),
        ("2026-11-01T00:00:00,5", "1793491200.5"), ("2026-11-01T00:00Z", "1793491200"),
        ("2026-11-01T00:00", "1793491200"), ("2026-11-01T00:01:60Z", "1793491320"),
        ("2026-11-01T00:00:60.25Z", "1793491260.25"), ("2026-12-31T23:59:60Z", "1798761600"),
        ("2026-11-01T08:00:00+0800", "1793491200"), ("2026-11-01T08:00:00+08", "1793491200"),
        ("2026-11-01 08:00:00 +0800", "1793491200"), ("2026-11-01T00:00:00  Z", ""),
        ("2026-10-31T19:30:00-04:30", "1793491200"), ("2026-11-01t00:00:00z", "1793491200"),
        (1793491200, "1793491200"), (1793491200.5009, "1793491200.500"),
        (1793491200123, "1793491200.123"), ("1793491200123.9", "1793491200.123"),
        (1793491200123456, "1793491200.123"), ("1793491200123999999", "1793491200.123"),
        (10**17, ""), (10**17 * 15, "1500000000"), (10**14 * 15, "1500000000"),
        (10**11 * 15, "1500000000"), (99999999999, ""), (10**11, ""),
        ("2000-01-01T00:00:00Z", "946684800"), ("2100-12-31T23:59:59.999Z", "4133980799.999"),
        ("2100-12-31T23:59:60Z", ""), ("2101-01-01T00:00:00Z", ""), ("1999-12-31T23:59:59Z", ""),
        ("2026-11-01", ""), ("", ""), ("2026-11-01T00:00,5Z", ""), ("2026-11-01T00:00:61Z", ""),
        (" 2026-11-01T00:00:00Z", ""), ("2026-11-01T00:00:00.Z", ""), ("2026-11-01  00:00:00", ""),
        ("2026-11-01T00:00:00+24:00", ""), ("2026-11-01T00:00:00+8:00", ""), ("1e999999999", ""),
        ("2026-02-29T00:00:00Z", ""), ("NaN", ""), (-1, ""), ("٢026-11-01T00:00:00Z", ""),
        ("1_793_491_200", ""), ("2026-11-01T24:00:00Z", ""), (10**20, ""),
    ],
)  # fmt: skip
def test_times(time: Any, newest: str) -> None:
    """Valid times are truncated to milliseconds; all others are bad_time."""
    oracle = fed({"timestamp": time, "model": "m"})

    assert oracle.totals().newest == (Decimal(newest) if newest else None)
    assert ("bad_time" in by(oracle, "exporter_invalid_records", "reason")) is not bool(newest)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"\xff", "not_utf8"), (b'{"a": "\xff"', "not_utf8"), (b'{"a": "\xff"}', "missing_time"),
        (b"{", "not_json"), (b"[1]", "not_object"), (b"null", "not_object"),
        (b"{}", "missing_time"),
        (b'"\xff"', "not_object"), (b"text", "not_json"), (b"{'a': 1}", "not_json"),
        (b'{"a": 01}', "not_json"), (b'{"a": "\t"}', "not_json"), (b'{"a": tru}', "not_json"),
        (b'{"a": 1,}', "not_json"), (b'\xef\xbb\xbf{"a": 1}', "missing_time"),
        (native(timestamp=None), "missing_time"), (native(timestamp="x", model=None), "bad_time"),
        (native(timestamp=[]), "bad_time"), (native(timestamp=True), "bad_time"),
        (native(timestamp=""), "bad_time"),
        (b'{"timestamp": NaN, "model": "m"}', "bad_time"),
        (native(model=None), "missing_model"), (native(model=" "), "missing_model"),
        (native(model=[]), "missing_model"), (native(model=True), "missing_model"),
        (native(model=5), ""), (zenmux(modelSlug="", model=None), "missing_model"),
        (zenmux(modelSlug="", model="m"), ""), (native(generationId=None, createdAt=None), ""),
        (native(generationId=""), "missing_time"),
        ({"event": "compensation"}, "missing_time"), (paid(1, id=" "), "missing_time"),
        (paid(1, id="a"), ""), (paid(1, timestamp=1793491200), ""), (paid(0, id="a"), ""),
        (paid(1, id="a", timestamp="x"), "bad_time"), (paid(None, id="a"), "missing_payout"),
        (paid(-1, id="a"), "missing_payout"), (paid("much", id="a"), "missing_payout"),
        ({"event": "compensation", "id": "a"}, "missing_payout"), (native(event="request"), ""),
        (native(input_tokens=-1, cost_usd="x", latency_ms=[], streamed=1, tokens=7), ""),
    ],
)  # fmt: skip
def test_validity(line: dict[str, Any] | bytes, expected: str) -> None:
    """A record has the first reason that applies; a faulty field is no reason."""
    assert reason(line) == expected


@pytest.mark.parametrize(
    "unread",
    [
        b"NaN", b"-Infinity", b"1e999", b"1e99999999999999999999", b"9" * 5000, b'"\\ud83d"',
        b'"\xed\xa0\x80"', b"[" * 5000 + b"]" * 5000, b'{"a":' * 3000 + b"NaN" + b"}" * 3000,
    ],
    ids=range(9),
)  # fmt: skip
def test_unread_fields_never_matter(unread: bytes) -> None:
    """Extreme JSON values do no harm in an unread field."""
    line = b'{"timestamp": 1793491200, "model": "m", "note": ' + unread + b"}"

    assert (reason(line), faults(line)) == ("", {})


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        (native(input_tokens=-1), "bad_number"), (native(input_tokens=10**12), ""),
        (native(input_tokens=10**12 + 1), "bad_number"), (native(input_tokens=2.5), ""),
        (native(input_tokens="1_000"), "bad_number"), (native(input_tokens="\u0663"), "bad_number"),
        (native(input_tokens="5.0"), ""), (native(input_tokens="0e999999999"), ""),
        (native(input_tokens=[]), "bad_type"), (native(input_tokens=True), "bad_type"),
        (native(input_tokens=""), "bad_number"), (native(input_tokens={}), "bad_type"),
        (native(cost_usd="1000000"), ""), (native(cost_usd="1000000.0000000000001"), "bad_number"),
        (native(cost_usd="1e999999999"), "bad_number"), (native(cost_usd="1e-999999999"), ""),
        (native(cost_usd="NaN"), "bad_number"), (native(cost_usd="sNaN"), "bad_number"),
        (native(cost_usd="1.2.3e5"), "bad_number"), (native(cost_usd=False), "bad_type"),
        (b'{"timestamp": 1793491200, "model": "m", "cost_usd": NaN}', "bad_number"),
        (b'{"timestamp": 1793491200, "model": "m", "cost_usd": 1e400}', "bad_number"),
        (b'{"timestamp": 1793491200, "model": "m", "cost_usd": 1e-400}', ""),
        (native(latency_ms=604_800_000), ""), (native(latency_ms=604_800_001), "bad_number"),
        (native(throughput_tps="1e13"), "bad_number"), (native(streamed="true"), "bad_type"),
        (native(tokens=[]), "bad_type"), (native(costs_usd="x"), "bad_type"),
        (native(status=False), "bad_type"), (native(provider=10**63), ""),
        (native(provider=10**64), "bad_number"),
        (b'{"timestamp": 1793491200, "model": "m", "plan": NaN}', "bad_number"),
        (native(provider={}), "bad_type"),
        (native(compensation=5), "bad_type"), (native(event=[]), "bad_type"),
        (native(compensation={"paid_at": "x"}), "bad_number"),
        (native(compensation={"paid_at": 5}), "bad_number"),
        (native(compensation={"paid_at": []}), "bad_type"), (zenmux(ext="x"), "bad_type"),
        (native(ext="x"), ""),
        (native(usage=5), ""), (native(usage=[]), "bad_type"), (zenmux(usage=0.5), ""),
        (zenmux(usage=-1), "bad_number"), (zenmux(cost_usd=[], tokens=1, latency_ms="x"), ""),
        (zenmux(ratingResponses={"ratingDetails": [1]}), "bad_type"),
        (zenmux(nativeTokens={"prompt_tokens": []}), "bad_type"),
        (zenmux(nativeTokens={"prompt_tokens": -1}, nativeFeeTokens={"prompt": 1}), ""),
    ],
)  # fmt: skip
def test_faults(line: dict[str, Any] | bytes, wrong: str) -> None:
    """A faulty field is counted and treated as absent; the record counts."""
    assert faults(line) == ({wrong: 1} if wrong else {})
    assert by(fed(line), "exporter_records", "result") == {"accepted": 1}


def test_each_inner_field_is_its_own() -> None:
    """Only the faulty entries of an object are dropped; a rejected record has no faults."""
    line = native(
        tokens={"prompt": 5, "completion": -1, "audio": "x"}, costs_usd={"a": "0.5", "b": []}
    )

    assert faults(line) == {"bad_number": 2, "bad_type": 1}
    assert by(fed(line), "tokens", "token_type") == {"prompt": 5}
    assert by(fed(line), "cost_usd", "item") == {"a": Decimal("0.5")}
    assert faults({**line, "model": None}) == {}


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        (b"12", "12"), (b"12.0", "12"), (b"1e3", "1000"), (b"12.5", "12.5"),
        (b'"m\\ud800"', "m\ufffd"), (b'"m\xff"', "m\ufffd"), (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b'"\\udc00\\ud800"', "\ufffd\ufffd"), (b'"\\\\ud800"', "\\ud800"),
    ],
)  # fmt: skip
def test_texts(model: bytes, shown: str) -> None:
    """Numbers become texts; invalid characters become U+FFFD."""
    line = b'{"timestamp": 1793491200, "model": ' + model + b"}"

    assert by(fed(line), "requests", "model") == {shown: 1}


@pytest.mark.parametrize(
    ("record", "time", "model"),
    [
        ({"created_at": "2026-11-01T00:00:00Z", "model": "m"}, 1793491200, "m"),
        ({"created": 1793491201, "model": "m"}, 1793491201, "m"),
        ({"createTime": "2026-11-01T00:00:02Z", "modelVersion": "g"}, 1793491202, "g"),
        ({"createdAt": "2026-11-01T00:00:03Z", "model": "m"}, 1793491203, "m"),
        ({"timestamp": 1793491204, "created": 5, "model": "m", "modelVersion": "g"},
         1793491204, "m"),
        ({"createdAt": 1793491205, "apiKeyId": "k", "modelSlug": "s", "model": "m"},
         1793491205, "s"),
        ({"createAt": 1793491206, "nativeTokens": {}, "model": "m"}, 1793491206, "m"),
    ],
)  # fmt: skip
def test_names_of_time_and_model(record: dict[str, Any], time: int, model: str) -> None:
    """Time and model are read from the field names of response bodies and older answers."""
    oracle = fed(record)

    assert oracle.totals().newest == time
    assert by(oracle, "requests", "model") == {model: 1}


def test_ids_under_other_names() -> None:
    """Ids are equal under any field name and as numbers."""
    lines = [native(id=12), native(generation_id="12"), native(responseId="12"), native(id=12.0),
             zenmux(generationId=12)]  # fmt: skip

    assert results(*lines) == ["accepted", *["duplicate"] * 4]


def test_the_far_future_counts() -> None:
    """A request more than a day in the future counts, but is not the newest."""
    oracle = fed(
        native(),
        native(timestamp="2026-11-03T00:00:01Z"),
        settings=Settings(clock=1793491200 + 86_400),
    )

    assert oracle.totals().newest == 1793491200
    assert by(oracle, "requests", "plan") == {"payg": 2}


def test_line_length() -> None:
    """The length in bytes is checked first."""
    settings = Settings(max_line=20)

    assert reason(b"\xff" * 21, settings) == "line_too_long"
    assert reason(b"\xff" * 20, settings) == "not_utf8"


def test_blank_lines_and_repeated_keys() -> None:
    """Blank lines are ignored. Duplicate keys: the last wins."""
    repeated = b'{"timestamp": true, "timestamp": 1793491200, "model": "a", "model": "b"}\r'

    assert results(b"", b" \t", b"\r", repeated) == ["", "", "", "accepted"]
    assert by(fed(repeated), "requests", "model") == {"b": 1}
