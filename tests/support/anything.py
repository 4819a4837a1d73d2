"""Odd texts and numbers for every field of a record, and commands that are run on them."""

import os
import subprocess
from collections.abc import Iterable, Iterator
from itertools import count

from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families

from exporter.catalogue import METRICS
from programs import DEADLINE, exporter_command, get, wait_until

TEXTS = (
    r'"m\ud800"', r'"\udc00"', r'"\udfff\ud800"', r'"\ud83d\ude00"', r'"\\ud800"',
    r'"\ud83d\\ude00"',
    r'"\uD800\u0041"', r'"\u0000"', r'"a\u0000b"', r'"a\u001fb"', r'"\u2028"', r'"x\u2029y"',
    r'"\u202ebidi"', r'"\ue000"', r'"\ufffe"', r'"\ufeff"', '""', '" "', r'"a\nb level=error"',
    r'"\"q\\"', '"' + "x" * 5000 + '"', '"' + "9" * 4301 + '"', '"1e9999999999999999999999"',
    '"0e9999999999999999999999"', '"-0"', '"NaN"', '"sNaN"', '"Infinity"', '"\u0663"', '"\u00e9"',
    '"sk-ai-v1-secret"', '"2100-12-31T23:59:59.999999Z"', '"0001-01-01T00:00:00Z"',
    '"compensation"',
)  # fmt: skip
NUMBERS = (
    "0", "-0", "-1", "1", "0.5", "1e400", "-1e400", "0e9999999999999999999999",
    "1e-9999999999999999999999",
    "9e9999999999999999999999", "9" * 4301, "-" + "9" * 4301, "0." + "9" * 5000, "1e308", "5e-324",
    "9223372036854775807", "9223372036854775808", "18446744073709551616", "946684799.999",
    "4133980799.999", "4133980800", "253402300800", "1e11", "999999.9999999999995",
)  # fmt: skip
OTHERS = (
    "null", "true", "[]", "{}", "[" * 600 + "]" * 600, "[" * 5000 + "]" * 5000, '{"": 1}',
    r'{"\ud800": 1}', r'{"\ud800": "\ud800"}', r'{"\u0000": 0.5}', r'{"a\u001fb": 2}',
    '{"' + "k" * 3000 + '": 3}', "[null]", r'[{"feeItemCode": "\ud800", "billAmount": 1}]',
)  # fmt: skip
NATIVE = (
    "id", "timestamp", "event", "model", "provider", "api_key", "plan", "input_tokens",
    "output_tokens",
    "tokens", "cost_usd", "costs_usd", "discount_usd", "latency_ms", "generation_ms",
    "throughput_tps",
    "streamed", "cancelled", "finish_reason", "status", "error_type", "web_search_calls",
    "compensation", "compensation.type", "compensation.payout_usd", "compensation.paid_at", "x",
    "generation_id", "responseId", "created_at", "created", "createTime", "modelVersion", "error",
    "error.type", "error.code", "usage", "usage.prompt_tokens", "usage.input_tokens_details",
    "usage.server_tool_use", "usageMetadata", "usageMetadata.totalTokenCount", "api", "choices",
    "stop_reason", "candidates", "incomplete_details.reason", "prompt_tokens", "total_tokens",
    "cache_read_input_tokens", "cache_creation", "data",
)  # fmt: skip
ZENMUX = (
    "generationId", "createdAt", "createAt", "apiKeyId", "modelSlug", "model", "providerSlug",
    "nativeFeeTokens", "nativeTokens", "nativeTokens.prompt_tokens_details", "finishReason",
    "nativeFinishReason", "billAmount", "ratingResponses", "ratingResponses.ratingDetails", "ext",
    "ext.requestSuccess", "status", "errorType", "compensation.type", "compensation.payout",
    "compensation.paidAt", "latency", "generationTime", "throughput", "usage", "error",
    "error.code", "nativeTokens.total_tokens", "nativeTokens.promptTokenCount", "usageMetadata",
    "usage.prompt_tokens", "api", "data",
)  # fmt: skip
FOREIGN = '"y": ' + "9" * 4301  # only the strict path accepts this
PAID = {"native": ("payout_usd", "paid_at"), "zenmux": ("payout", "paidAt")}


def line(shape: str, number: int, path: str, literal: str, *more: str) -> str:
    """Return a valid record, except for the value at a path."""
    native = shape == "native"
    fields = {
        "id" if native else "generationId": f'"gen_{number}"',
        "timestamp" if native else "createdAt": "1793491200",
        "model" if native else "modelSlug": '"m"',
        "error_type" if native else "errorType": '"e"',
    }
    outer, _, inner = path.partition(".")
    if outer == "compensation" and inner:
        payout, paid_at = PAID[shape]
        paid = {"type": '"late"', payout: "0.5", paid_at: "1793491201"} | {inner: literal}
        literal = "{" + ", ".join(f'"{name}": {value}' for name, value in paid.items()) + "}"
    elif inner:
        literal = f'{{"{inner}": {literal}}}'
    fields[outer] = literal
    texts = [f'"{name}": {value}' for name, value in fields.items()]
    return "{" + ", ".join((*texts, *more)) + "}\n"


def every_line() -> Iterator[str]:
    """Yield every value in every field, and every text as a key; some only for the strict path."""
    numbers = count()
    for shape, paths in (("native", NATIVE), ("zenmux", ZENMUX)):
        for path in paths:
            for literal in (*TEXTS, *NUMBERS, *OTHERS):
                number = next(numbers)
                more = (FOREIGN,) if number % 7 == 0 or path in ("id", "generationId") else ()
                yield line(shape, number, path, literal, *more)
        for text in TEXTS:
            for path in ("tokens", "costs_usd", "nativeFeeTokens", "compensation"):
                yield line(shape, next(numbers), path, f"{{{text}: 1}}", FOREIGN)
            yield line(shape, next(numbers), "x", "1", f"{text}: 1", FOREIGN)
    yield r'{"timestamp":1793491200,"x":' + "9" * 4301 + r',"model":"m\ud800"}' + "\n"
    yield '{"timestamp": NaN, "model": "m"}\n"\\ud800"\n[\n' + "[" * 100_000 + "\n\x00\n\n"


def totals(text: str) -> list[str]:
    """Return the samples of requests and lines, without those that depend on the current time."""
    names = {m.name for m in METRICS if m.is_request_family and "seen" not in m.name}
    own = ("records", "invalid_records", "field_faults", "conflicts", "token_mismatch")
    names |= {f"zenmux_exporter_{name}_total" for name in own}
    kept = {f"{name}{end}" for name in names for end in ("", "_bucket", "_sum", "_count")}
    return sorted(row for row in text.split("\n") if row.partition("{")[0].split(" ")[0] in kept)


def command(*arguments: str | bytes) -> subprocess.CompletedProcess[bytes]:
    """Run a command of the exporter with an ASCII-only output encoding."""
    environment = {**os.environ, "PYTHONIOENCODING": "ascii:strict"}
    return subprocess.run(
        [*exporter_command(), *arguments],
        capture_output=True,
        env=environment,
        timeout=DEADLINE,
        check=False,
    )


def scraped(url: str, records: int = 0) -> str:
    """Return the metrics once `records` are counted; check that both formats can be parsed."""
    wait_until(lambda: get(f"{url}/-/ready")[0] == 200, "the exporter is ready")
    wait_until(
        lambda: sum(accepted(get(f"{url}/metrics")[1].split("\n"))) >= records, "it has counted"
    )
    text = get(f"{url}/metrics")[1]
    openmetrics = get(f"{url}/metrics", Accept="application/openmetrics-text; version=1.0.0")[1]
    assert len(list(text_string_to_metric_families(text))) > 20
    assert len(list(parse_openmetrics(openmetrics))) > 20  # type: ignore[no-untyped-call]
    return text


def reconciled(url: str, *paths: bytes) -> str:
    """Return the output of `reconcile`."""
    done = command("reconcile", f"--against={url}", *paths)
    assert done.stderr == b""
    return done.stdout.decode()


def accepted(rows: Iterable[str]) -> Iterator[int]:
    """Yield the number of accepted records of each source."""
    start = "zenmux_exporter_records_total{"
    for row in rows:
        if row.startswith(start) and 'result="accepted"' in row:
            yield int(row.rsplit(" ", 1)[1])
