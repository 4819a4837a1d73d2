"""The table of counting rules: log lines and the exact samples they produce."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Count

from counting_lines import WHO, error, finish, native, outcome, payout, zenmux
from counting_table import TABLE
from exporter.config import CompensationPaths, Config, Source, Storage
from exporter.count_files import count_once
from places import DATA

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


@pytest.mark.parametrize("name", TABLE)
def test_rule(count: Count, name: str) -> None:
    """The lines produce each sample in the rule's row."""
    lines, expected = TABLE[name]
    printed = set(count(lines).splitlines())

    assert [line for line in expected if line not in printed] == []


@pytest.mark.parametrize("reason", FINISH_REASONS)
def test_finish_reasons_of_three_protocols(count: Count, reason: str) -> None:
    """Each protocol's spelling of a finish reason counts as that reason."""
    words = FINISH_REASONS[reason]
    lines = [zenmux(f'"nativeFinishReason": {json.dumps(word)}') for word in words]

    assert finish(reason, len(words)) in count(lines).splitlines()


@pytest.mark.parametrize(("fields", "kind", "owner"), ERRORS)
def test_errors(count: Count, fields: str, kind: str, owner: str) -> None:
    """Errors count by type, otherwise by status, with the responsible party."""
    assert {error(kind, owner), outcome("error")} <= set(count([native(fields)]).splitlines())


def test_published_raw_meta(count: Count) -> None:
    """The published raw meta example produces exactly these samples."""
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
    """The published get-generation example produces exactly these samples."""
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
    """A mapping reads records of any other structure."""
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
    """Configured paths find payouts in other fields."""
    paths = CompensationPaths(
        type=("insurance.kind",), payout=("credit", "insurance.amount"), paid_at=("insurance.at",)
    )
    fields = '"id": "a", "insurance": {"kind": "HighLatency", "amount": "0.5", "at": 1793577600}'
    printed = count([line(fields)], compensation=paths)

    assert payout("high_latency", "0.5") in printed
    assert 'payout_delay_seconds_sum{compensation_type="high_latency"} 86400\n' in printed


def test_each_fold_of_a_histogram_is_counted(count: Count, tmp_path: Path) -> None:
    """Each observation that overflows a full family is counted."""
    time = '"timestamp": "2026-11-01T00:00:00Z", "generation_ms": 5'
    lines = [f'{{"id": "{n}", {time}, "model": "{"ab"[n % 2]}"}}' for n in range(20)]
    text = count(lines, storage=Storage(path=tmp_path, series_limit=18))
    kept = 'zenmux_generation_duration_seconds_count{model="a",provider="unknown",plan="payg"} 10'

    assert kept in text
    # The ten observations; the request and finish reason series still fit.
    assert 'zenmux_exporter_label_overflow_total{label="series"} 10\n' in text
