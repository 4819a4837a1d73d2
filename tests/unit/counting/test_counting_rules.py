"""The counting rules, row by row: the exact metric lines of log lines."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Count

from exporter.config import CompensationPaths, Config, Source, Storage
from exporter.count_files import count_once
from places import DATA

AT = '"timestamp": "2026-11-01T00:00:00Z", "model": "m"'
ZENMUX = '"createdAt": "2026-11-01T00:00:00Z", "modelSlug": "m"'
WHO = 'api_key="unknown",model="m",provider="unknown",plan="payg"'
MODEL = 'model="m",provider="unknown",plan="payg"'


def digest(text: str, length: int) -> str:
    """The first hex digits of a text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def native(text: str) -> str:
    """A native line with time and model."""
    return f"{{{AT}{', ' if text else ''}{text}}}"


def zenmux(text: str) -> str:
    """A ZenMux-shaped line with time and model."""
    return f"{{{ZENMUX}, {text}}}"


def tokens(direction: str, kind: str, number: int) -> str:
    """The token counter of the lines above."""
    return f'zenmux_tokens_total{{{WHO},direction="{direction}",token_type="{kind}"}} {number}'


def cost(item: str, amount: str) -> str:
    """The cost counter of the lines above."""
    return f'zenmux_cost_usd_total{{{WHO},item="{item}"}} {amount}'


def finish(reason: str, number: int = 1) -> str:
    """The finish reason counter of the lines above."""
    return f'zenmux_finish_reasons_total{{{MODEL},finish_reason="{reason}"}} {number}'


def outcome(word: str, number: int = 1) -> str:
    """The request counter of the lines above."""
    return f'zenmux_requests_total{{{WHO},outcome="{word}"}} {number}'


def error(kind: str, owner: str) -> str:
    """The error counter of the lines above."""
    labels = f'{MODEL},error_type="{kind}",responsibility="{owner}"'
    return f"zenmux_request_errors_total{{{labels}}} 1"


def payout(kind: str, amount: str) -> str:
    """The payout counter of the lines above."""
    return f'zenmux_insurance_payout_usd_total{{{WHO},compensation_type="{kind}"}} {amount}'


def compensations(kind: str, number: int) -> str:
    """The compensation counter of the lines above."""
    return f'zenmux_insurance_compensations_total{{{WHO},compensation_type="{kind}"}} {number}'


FINISH_REASONS = {
    "stop": ("stop", "end_turn", "stop_sequence", "STOP", "FINISH_REASON_STOP", " Stop "),
    "length": ("length", "max_tokens", "MAX_TOKENS", "FINISH_REASON_MAX_TOKENS"),
    "tool_calls": ("tool_calls", "function_call", "tool_use"),
    "content_filter": (
        "content_filter",
        "refusal",
        "SAFETY",
        "FINISH_REASON_RECITATION",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "IMAGE_PROHIBITED_CONTENT",
        "spii",
    ),
    "error": ("error", "MALFORMED_FUNCTION_CALL"),
    "other": ("pause_turn", "NO_IMAGE", "OTHER", "FINISH_REASON_UNSPECIFIED"),
    "unknown": ("", "  "),
}
ERRORS = (
    ('"error_type": "invalid_params"', "invalid_params", "client"),
    ('"error_type": "quote_exceeded", "status": 402', "quote_exceeded", "quota"),
    ('"status": 402', "402", "quota"),
    ('"status": "429"', "429", "quota"),
    ('"status": 429.0', "429", "quota"),
    ('"error_type": "internal_server_error"', "internal_server_error", "platform"),
    ('"error_type": "provider_api_error", "status": 500', "provider_api_error", "provider"),
    ('"status": 524', "524", "provider"),
    ('"status": 500', "500", "unknown"),
    ('"status": "failed"', "failed", "unknown"),
    ('"status": "Failure"', "Failure", "unknown"),
    ('"finish_reason": "error"', "unknown", "unknown"),
    ('"error_type": "New_Thing"', "New_Thing", "unknown"),
)

TABLE: dict[str, tuple[list[str], list[str]]] = {
    "display name against slug": (
        [zenmux('"modelSlug": "a/b"')],
        [
            'zenmux_finish_reasons_total{model="a/b",provider="unknown",plan="payg",'
            'finish_reason="unknown"} 1'
        ],
    ),
    "string and number amounts": (
        [native('"cost_usd": "0.10"'), native('"cost_usd": 0.20'), native('"cost_usd": 1e-1')],
        [cost("unitemized", "0.4")],
    ),
    "many digits, rounded half-even at 10^-12": (
        [
            native('"cost_usd": 0.00000000000050000000000000000000001'),
            native('"cost_usd": "0.0000000000005"'),
            native('"cost_usd": 0.0000000000015'),
            native('"cost_usd": 123456.1234567890125'),
        ],
        [cost("unitemized", "123456.123456789015")],
    ),
    "details miss the bill": (
        [native('"cost_usd": "0.3", "costs_usd": {"prompt": "0.1", "completion": 0.1}')],
        [
            cost("prompt", "0.1"),
            cost("completion", "0.1"),
            cost("unitemized", "0.1"),
            "zenmux_exporter_billing_mismatch_total 1",
        ],
    ),
    "details exceed the bill: the largest, then the next": (
        [native('"cost_usd": "0.1", "costs_usd": {"prompt": "0.3", "completion": 0.2, "x": 0.05}')],
        [cost("completion", "0.05"), cost("x", "0.05")],
    ),
    "ties come off in code order": (
        [native('"cost_usd": "0.3", "costs_usd": {"b": "0.2", "a": "0.2"}')],
        [cost("a", "0.1"), cost("b", "0.2")],
    ),
    "equal codes are added, the bill is their sum": (
        [
            zenmux(
                '"ratingResponses": {"ratingDetails": [{"feeItemCode": "x", "billAmount": 1},'
                '{"feeItemCode": "x", "billAmount": "0.5"}, {"billAmount": 0.25}, null]}'
            )
        ],
        [cost("x", "1.5"), cost("unknown", "0.25")],
    ),
    "the bill: billAmount, ratingResponses, usage": (
        [
            zenmux('"billAmount": "1", "ratingResponses": {"billAmount": 2}, "usage": 4'),
            zenmux('"ratingResponses": {"billAmount": 20}, "usage": 40'),
            zenmux('"usage": "400"'),
        ],
        [cost("unitemized", "421")],
    ),
    "discount goes with the bill": (
        [
            zenmux('"billAmount": "1", "discountAmount": "0.1"'),
            zenmux('"ratingResponses": {"billAmount": 2, "discountAmount": 0.2}'),
            zenmux('"discountAmount": "7"'),
        ],
        [f"zenmux_discount_usd_total{{{WHO}}} 0.3"],
    ),
    "an item nobody has seen yet": (
        [native('"costs_usd": {"hologram": 1}')],
        [cost("hologram", "1"), 'zenmux_exporter_unknown_values_total{field="item"} 1'],
    ),
    "billed tokens as given, cache writes not twice": (
        [
            zenmux(
                '"nativeFeeTokens": {"prompt": 5, "input_cache_write": 10,'
                '"input_cache_write_5_min": 3, "input_cache_write_1_h": 4, "video": 2},'
                '"nativeTokens": {"prompt_tokens": 99}'
            )
        ],
        [
            tokens("input", "prompt", 5),
            tokens("input", "input_cache_write", 3),
            tokens("input", "input_cache_write_5_min", 3),
            tokens("input", "input_cache_write_1_h", 4),
            tokens("other", "video", 2),
        ],
    ),
    "subsets that do not fit stay beside their parent": (
        [
            zenmux(
                '"nativeTokens": {"prompt_tokens": 10, "prompt_tokens_details":'
                '{"cached_tokens": 80, "ephemeral_5m_input_tokens": 1}}'
            )
        ],
        [
            tokens("input", "prompt", 10),
            tokens("input", "input_cache_read", 80),
            tokens("input", "input_cache_write_5_min", 1),
        ],
    ),
    "native totals: the rest is prompt and completion": (
        [
            native(
                '"input_tokens": 120, "output_tokens": "30.0",'
                '"tokens": {"input_cache_read": 20, "audio": 10}'
            )
        ],
        [
            tokens("input", "prompt", 100),
            tokens("output", "completion", 20),
            tokens("output", "audio", 10),
        ],
    ),
    "web search calls win over the unit": (
        [native('"web_search_calls": 3, "tokens": {"web_search": 2, "prompt": 1, "other": 5}')],
        [
            f"zenmux_web_search_requests_total{{{WHO}}} 1",
            f"zenmux_web_search_calls_total{{{WHO}}} 3",
            f'zenmux_billed_units_total{{{WHO},unit="web_search"}} 2',
            f'zenmux_web_search_tokens_total{{{WHO},direction="other"}} 5',
        ],
    ),
    "not streamed: no time to first token; failed: no speed": (
        [
            native('"latency_ms": 1000, "generation_ms": 500.5, "streamed": false'),
            native('"latency_ms": 2000, "generation_ms": 1, "status": "error"'),
            native('"latency_ms": 3000'),
        ],
        [
            f"zenmux_request_duration_seconds_sum{{{MODEL}}} 1.5005",
            f"zenmux_generation_duration_seconds_count{{{MODEL}}} 1",
            f"zenmux_time_to_first_token_seconds_sum{{{MODEL}}} 3",
        ],
    ),
    "throughput: own, computed, none without output": (
        [
            native('"throughput_tps": "28.81", "output_tokens": 1'),
            native('"throughput_tps": 0, "generation_ms": 3000, "output_tokens": 10'),
            native('"throughput_tps": 99, "generation_ms": 3000'),
        ],
        [
            f"zenmux_output_tokens_per_second_sum{{{MODEL}}} 32.143333",
            f"zenmux_output_tokens_per_second_count{{{MODEL}}} 2",
        ],
    ),
    "cancelled by flag and by status": (
        [
            native('"cancelled": true, "error_type": "x"'),
            native('"status": "canceled"'),
            native('"status": " CANCELLED "'),
        ],
        [outcome("cancelled", 3), outcome("success", 0), outcome("error", 0)],
    ),
    "failed by ext.requestSuccess": (
        [zenmux('"ext": {"requestSuccess": false}')],
        [outcome("error"), error("unknown", "unknown")],
    ),
    "compensation in the request": (
        [native('"id": "a", "compensation": {"type": "HighLatency", "payout_usd": 0.5}')] * 2,
        [payout("high_latency", "0.5"), compensations("high_latency", 1), outcome("success")],
    ),
    "compensation after its request, under the request's labels": (
        [
            native('"id": "a"'),
            '{"event": "compensation", "id": "a", "model": "another",'
            '"compensation": {"type": "Unsatisfactory Content", "payout_usd": "1"}}',
        ],
        [
            payout("unsatisfactory_content", "1"),
            'zenmux_exporter_records_total{source="example",result="amended"} 1',
        ],
    ),
    "compensation before its request, revised after": (
        [
            f'{{"event": "compensation", "id": "a", {AT}, "compensation": {{"payout_usd": 1}}}}',
            native('"id": "a", "compensation": {"payout_usd": 1}'),
            native('"id": "a", "compensation": {"payout_usd": 3}'),
            native('"id": "a", "compensation": {"payout_usd": 2}'),
        ],
        [
            payout("unknown", "3"),
            compensations("unknown", 1),
            outcome("success"),
            'zenmux_exporter_records_total{source="example",result="accepted"} 2',
            'zenmux_exporter_records_total{source="example",result="amended"} 1',
            'zenmux_exporter_records_total{source="example",result="duplicate"} 1',
            'zenmux_insurance_payout_per_request_usd_sum{model="m",plan="payg",'
            'compensation_type="unknown"} 1',
        ],
    ),
    "two types of one request are two compensations": (
        [
            native('"id": "a", "compensation": {"type": "x", "payout_usd": 1}'),
            native('"id": "a", "compensation": {"type": "y", "payout_usd": 2}'),
        ],
        [payout("x", "1"), payout("y", "2"), outcome("success")],
    ),
    "an event without id counts each time, one with payout 0 not": (
        ['{"event": "compensation", "timestamp": 1793491200, "compensation": {"payout_usd": 1}}']
        * 2
        + ['{"event": "compensation", "id": "b", "compensation": {"payout_usd": 0}}'],
        [
            'zenmux_insurance_compensations_total{api_key="unknown",model="unknown",'
            'provider="unknown",plan="payg",compensation_type="unknown"} 2',
            'zenmux_exporter_records_total{source="example",result="duplicate"} 1',
        ],
    ),
    "the delay runs from the known request": (
        [
            native('"id": "a"'),
            '{"event": "compensation", "id": "a", "compensation":'
            '{"payout_usd": 1, "paid_at": 1793491201}}',
        ],
        ['zenmux_insurance_payout_delay_seconds_sum{compensation_type="unknown"} 1'],
    ),
    "labels: trimmed, control characters, long, secret": (
        [
            '{"timestamp": 1793491200, "model": " a\\u0000b\\n"}',
            f'{{"timestamp": 1793491200, "model": "{"x" * 129}"}}',
            '{"timestamp": 1793491200, "model": "sk-ai-v1-secret"}',
            '{"timestamp": 1793491200, "model": "quote \\" and \\\\"}',
        ],
        [
            f'zenmux_finish_reasons_total{{model="{model}",provider="unknown",plan="payg",'
            'finish_reason="unknown"} 1'
            for model in (
                "a_b",
                "x" * 128 + "~" + digest("x" * 129, 8),
                "sha256:" + digest("sk-ai-v1-secret", 12),
                'quote \\" and \\\\',
            )
        ],
    ),
    "repeated keys: the last wins; null is absent": (
        ['{"timestamp": 1793491200, "model": 5, "model": "m", "status": 500, "status": null}'],
        [outcome("success")],
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_rule(count: Count, name: str) -> None:
    """The lines give exactly the metrics that the rule says."""
    lines, expected = TABLE[name]
    printed = set(count(lines).splitlines())

    assert [line for line in expected if line not in printed] == []


@pytest.mark.parametrize("reason", FINISH_REASONS)
def test_finish_reasons_of_three_protocols(count: Count, reason: str) -> None:
    """Every word of a reason counts as it."""
    words = FINISH_REASONS[reason]
    lines = [zenmux(f'"nativeFinishReason": {json.dumps(word)}') for word in words]

    assert finish(reason, len(words)) in count(lines).splitlines()


@pytest.mark.parametrize(("fields", "kind", "owner"), ERRORS)
def test_errors(count: Count, fields: str, kind: str, owner: str) -> None:
    """Errors count by type, else by status, with who is responsible."""
    assert {error(kind, owner), outcome("error")} <= set(count([native(fields)]).splitlines())


def test_published_raw_meta(count: Count) -> None:
    """The published raw meta example, every sample of it."""
    record = json.dumps(json.loads((DATA / "raw_meta.json").read_text()))
    printed = [line for line in count([record]).splitlines() if not line.startswith("#")]
    who = (
        'api_key="2534AKkA4Nqn14642786",model="anthropic/claude-sonnet-4",'
        'provider="anthropic",plan="payg"'
    )
    model = 'model="anthropic/claude-sonnet-4",provider="anthropic",plan="payg"'
    counters = [line for line in printed if "_bucket" not in line and "exporter" not in line]

    assert counters == [
        f'zenmux_requests_total{{{who},outcome="success"}} 1',
        f'zenmux_requests_total{{{who},outcome="error"}} 0',
        f'zenmux_tokens_total{{{who},direction="output",token_type="completion"}} 95',
        f'zenmux_tokens_total{{{who},direction="input",token_type="prompt"}} 16527',
        f'zenmux_cost_usd_total{{{who},item="completion"}} 0.001425',
        f'zenmux_cost_usd_total{{{who},item="prompt"}} 0.049581',
        f'zenmux_finish_reasons_total{{{model},finish_reason="tool_calls"}} 1',
        f"zenmux_request_duration_seconds_sum{{{model}}} 5.475",
        f"zenmux_request_duration_seconds_count{{{model}}} 1",
        f"zenmux_time_to_first_token_seconds_sum{{{model}}} 2.177",
        f"zenmux_time_to_first_token_seconds_count{{{model}}} 1",
        f"zenmux_generation_duration_seconds_sum{{{model}}} 3.298",
        f"zenmux_generation_duration_seconds_count{{{model}}} 1",
        f"zenmux_output_tokens_per_second_sum{{{model}}} 28.81",
        f"zenmux_output_tokens_per_second_count{{{model}}} 1",
        "zenmux_last_request_timestamp_seconds 1755830958",
    ]
    assert f'zenmux_request_duration_seconds_bucket{{{model},le="5.0"}} 0' in printed
    assert f'zenmux_request_duration_seconds_bucket{{{model},le="8.0"}} 1' in printed


def test_published_get_generation(count: Count) -> None:
    """The published get-generation example, every counter of it."""
    record = json.dumps(json.loads((DATA / "get_generation.json").read_text()))
    printed = [line for line in count([record]).splitlines() if not line.startswith("#")]
    who = 'api_key="unknown",model="openai/gpt-4o",provider="unknown",plan="payg"'
    model = 'model="openai/gpt-4o",provider="unknown",plan="payg"'
    counters = [line for line in printed if "_bucket" not in line and "exporter" not in line]

    assert counters == [
        f'zenmux_requests_total{{{who},outcome="success"}} 1',
        f'zenmux_requests_total{{{who},outcome="error"}} 0',
        f'zenmux_tokens_total{{{who},direction="input",token_type="prompt"}} 32',
        f'zenmux_tokens_total{{{who},direction="output",token_type="completion"}} 128',
        f'zenmux_cost_usd_total{{{who},item="prompt"}} 0.0016',
        f'zenmux_cost_usd_total{{{who},item="completion"}} 0.0036',
        f'zenmux_finish_reasons_total{{{model},finish_reason="stop"}} 1',
        f"zenmux_request_duration_seconds_sum{{{model}}} 3.7",
        f"zenmux_request_duration_seconds_count{{{model}}} 1",
        f"zenmux_time_to_first_token_seconds_sum{{{model}}} 0.5",
        f"zenmux_time_to_first_token_seconds_count{{{model}}} 1",
        f"zenmux_generation_duration_seconds_sum{{{model}}} 3.2",
        f"zenmux_generation_duration_seconds_count{{{model}}} 1",
        f"zenmux_output_tokens_per_second_sum{{{model}}} 40",
        f"zenmux_output_tokens_per_second_count{{{model}}} 1",
        "zenmux_last_request_timestamp_seconds 1774504800",
    ]


def test_foreign_records_by_mapping(tmp_path: Path) -> None:
    """Records of another shape are read by configured paths."""
    log = tmp_path / "foreign.jsonl"
    log.write_text(
        '{"request": {"TIMESTAMP": "2023-11-16 18:17:03.9799600", "ContextTokens": 4808,'
        ' "GeneratedTokens": "10"}, "model": "ignored", "deployment": "code"}\n'
    )
    mapping = {
        "timestamp": "request.TIMESTAMP",
        "model": "deployment",
        "input_tokens": "request.ContextTokens",
        "tokens.completion": "request.GeneratedTokens",
    }
    source = Source(name="foreign", type="file", path=str(log), mapping=mapping)
    printed = count_once(Config(sources=(source,), storage=Storage(path=tmp_path)))
    who = WHO.replace('"m"', '"code"')

    assert f'zenmux_tokens_total{{{who},direction="input",token_type="prompt"}} 4808\n' in printed
    assert (
        f'zenmux_tokens_total{{{who},direction="output",token_type="completion"}} 10\n' in printed
    )


@pytest.mark.parametrize("line", [native, zenmux])
def test_payouts_at_configured_paths(count: Count, line: Callable[[str], str]) -> None:
    """Payouts may stand in other fields than the usual ones."""
    paths = CompensationPaths(
        type=("insurance.kind",), payout=("credit", "insurance.amount"), paid_at=("insurance.at",)
    )
    fields = '"id": "a", "insurance": {"kind": "HighLatency", "amount": "0.5", "at": 1793577600}'
    printed = count([line(fields)], compensation=paths)

    assert payout("high_latency", "0.5") in printed
    assert 'payout_delay_seconds_sum{compensation_type="high_latency"} 86400\n' in printed


def test_each_fold_of_a_histogram_is_counted(count: Count, tmp_path: Path) -> None:
    """Observations that a full family folds are counted one by one."""
    time = '"timestamp": "2026-11-01T00:00:00Z", "generation_ms": 5'
    lines = [f'{{"id": "{n}", {time}, "model": "{"ab"[n % 2]}"}}' for n in range(20)]
    text = count(lines, storage=Storage(path=tmp_path, series_limit=18))
    kept = 'zenmux_generation_duration_seconds_count{model="a",provider="unknown",plan="payg"} 10'

    assert kept in text
    # Ten observations; requests and finish reasons of ten models fit.
    assert 'zenmux_exporter_label_overflow_total{label="series"} 10\n' in text
