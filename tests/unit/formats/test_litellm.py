"""LiteLLM's two log formats, with samples from its documentation and tests."""

import json
from pathlib import Path

from counted_files import counted_file
from places import DATA

DATA = DATA / "litellm.jsonl"
CONFIG = "sources: [{{name: proxy, type: file, path: {path}, format: litellm}}]"
REST = 'model="gpt-4o",provider="openai",plan="payg"'


def test_payloads_and_rows_of_spend() -> None:
    """Logging payloads and spend rows: streamed or not, metadata as a string, and a failure."""
    text = counted_file(CONFIG, DATA)
    one, other = f'api_key="checkout",{REST}', f'api_key="unknown",{REST}'
    for line in (
        f'zenmux_requests_total{{{one},outcome="success"}} 1',
        f'zenmux_requests_total{{{one},outcome="error"}} 1',
        f'zenmux_requests_total{{{other},outcome="success"}} 1',
        f'zenmux_request_errors_total{{{REST},error_type="rate_limit",responsibility="quota"}} 1',
        f'zenmux_finish_reasons_total{{{REST},finish_reason="stop"}} 1',
        f'zenmux_tokens_total{{{one},direction="input",token_type="prompt"}} 10',
        f'zenmux_tokens_total{{{one},direction="input",token_type="input_cache_read"}} 100',
        f'zenmux_tokens_total{{{one},direction="output",token_type="completion"}} 15',
        f'zenmux_tokens_total{{{one},direction="output",token_type="internal_reasoning"}} 5',
        f'zenmux_tokens_total{{{other},direction="input",token_type="prompt"}} 10',
        f'zenmux_cost_usd_total{{{one},item="prompt"}} 0.000025',
        f'zenmux_cost_usd_total{{{one},item="completion"}} 0.0002',
        f'zenmux_cost_usd_total{{{other},item="unitemized"}} 0.000225',
        f"zenmux_time_to_first_token_seconds_sum{{{REST}}} 0.252629",
        "zenmux_exporter_billing_mismatch_total 0",
        f"zenmux_time_to_first_token_seconds_count{{{REST}}} 1",
        f"zenmux_request_duration_seconds_sum{{{REST}}} 4.009166",
        'zenmux_exporter_records_total{source="proxy",result="accepted"} 3',
    ):
        assert f"{line}\n" in text
    assert "secret" not in text
    assert "field_faults_total{" not in text


def test_costs_of_which_parts_are_itemized(tmp_path: Path) -> None:
    """Cost without an item is unitemized; items beyond the cost are a mismatch."""
    record = {"model": "m", "startTime": 1793491200, "response_cost": 0.00042}
    parts = {"input_cost": 0.0003, "output_cost": 0.0001, "tool_usage_cost": 0.00002}
    log = tmp_path / "a.jsonl"
    log.write_text(f"{json.dumps({**record, 'cost_breakdown': parts})}\n")
    text = counted_file(CONFIG, log)
    assert 'item="unitemized"} 0.00002\n' in text
    assert "zenmux_exporter_billing_mismatch_total 0\n" in text
    parts["output_cost"] = 0.0002
    log.write_text(f"{json.dumps({**record, 'cost_breakdown': parts})}\n")
    assert "zenmux_exporter_billing_mismatch_total 1\n" in counted_file(CONFIG, log)
