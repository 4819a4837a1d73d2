"""The counting rules as a table: log lines, and the metric lines they must give."""

from counting_lines import (
    AT,
    MODEL,
    WHO,
    compensations,
    cost,
    digest,
    error,
    native,
    outcome,
    payout,
    tokens,
    zenmux,
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
