"""Seed inputs, which reach code that random bytes would not."""

import bz2
import gzip
import json
import lzma
from pathlib import Path

import zstandard

from otlp_requests import logs, protobuf, span, traces

_ROOT = Path(__file__).parent.parent
_DATA = _ROOT / "tests" / "data"
_RAW = [(_DATA / f"{name}.json").read_bytes() for name in ("raw_meta", "get_generation")]

RECORDS = (
    *(json.dumps(json.loads(raw)).encode() for raw in _RAW),
    b'{"id": "a", "timestamp": "2026-11-01T00:00:00.123Z", "model": "m", "provider": "p",'
    b' "tokens": {"prompt": 1, "x": 0.5}, "costs_usd": {"prompt": "0.1"}, "latency_ms": 5,'
    b' "generation_ms": 7.5, "status": "error", "error_type": "429", "finish_reason": "stop"}',
    b'{"event": "compensation", "id": "a", "compensation": {"type": "HighLatency",'
    b' "payout_usd": "0.5", "paid_at": 1793491200}}',
    b'{"created": 1793491200, "model": "m", "choices": [{"finish_reason": "stop"}], "usage":'
    b' {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14,'
    b' "prompt_tokens_details": {"cached_tokens": 3}}}',
    b'{"createTime": "2026-11-01 00:00:00,5+0000", "modelVersion": "m", "usageMetadata":'
    b' {"promptTokenCount": 9, "thoughtsTokenCount": 5, "totalTokenCount": 14}}',
    b'{"data": [{"t": {"x": 1793491200}, "m": "m", "u": {"p": 1}, "c": 1e-7, "i": "\\ud800"}]}',
)
_PLAIN = RECORDS[2]
_DOCKER = json.dumps(
    {"log": _PLAIN.decode() + "\n", "stream": "stdout", "time": "2026-11-01T00:00:00Z"}
)
_JOURNAL = json.dumps({"MESSAGE": _PLAIN.decode(), "__REALTIME_TIMESTAMP": "1793491200000000"})
LINES = tuple(
    bytes([number]) + text
    for number in range(6)
    for text in (
        b"\n".join(RECORDS[2:]),
        json.dumps(json.loads(_RAW[0]), indent=1).encode() + b"\n[INFO] {} " + _PLAIN,
        _DOCKER.encode() + b"\n" + _JOURNAL.encode(),
        b"2026-11-01T00:00:00Z stdout P " + _PLAIN[:50] + b"\n2026-11-01T00:00:00Z stdout F "
        + _PLAIN[50:],
        b"[" + _PLAIN + b",\n" + _PLAIN + b"]",
    )
)  # fmt: skip
PRESETS = tuple(
    bytes([number]) + (_DATA / name).read_bytes()
    for number in range(6)
    for name in ("chat.sse", "messages.sse", "litellm.jsonl", "openrouter.csv", "trace.csv")
)
ARCHIVES = (
    _PLAIN + b"\n",
    gzip.compress(_PLAIN + b"\n") * 2,
    bz2.compress(_PLAIN),
    lzma.compress(_PLAIN),
    zstandard.compress(_PLAIN),
    b"\xff\xfe{\0",
    b"\0" * 100 + _PLAIN + b"\n\0\0",
)
BODIES = tuple(
    bytes([number]) + pack(text)
    for number, pack in (
        (0, bytes),
        (1, gzip.compress),
        (2, gzip.compress),
        (3, zstandard.compress),
    )
    for text in (_PLAIN + b"\n\0\0" + _PLAIN, b"[" + _PLAIN + b",\n{},0]", b"x" * 70_000 + b"\n{}")
)
_ASKED = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "a/m", "a": [1, {"b": 0.5}]}
_FIRST = {"name": "First Token Stream Event", "timeUnixNano": "1793491200000000007"}
_TRACES = traces(
    span(1, {**_ASKED, "gen_ai.usage.input_tokens": 5, "output.value": '{"id": "x"'}),
    span(2, events=[_FIRST], status={"code": 2}),
    span(3, attributes=[]),
)
_LOGS = logs({"timeUnixNano": "1793491200000000000", "attributes": span(1, _ASKED)["attributes"]})
REQUESTS = tuple(
    bytes([number]) + (json.dumps(one).encode() if number % 4 > 1 else protobuf(one))
    for number in range(8)
    for one in (_TRACES if number % 2 == 0 else _LOGS,)
)
QUERIES = (
    b"from=1793491200000&to=2026-11-01T00:00:00Z&type=a&model=b&limit=5&cursor=7",
    b"from=%ff&model=%f0%9f%98%80&model=x",
    b"application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=nan, gzip;q=1e999",
)
CONFIGURATIONS = (
    (_ROOT / "exporter.example.yml").read_bytes(),
    b"sources: [{name: a, type: file, path: x, mapping: {timestamp: t, model: m}}]\n"
    b"keys: {k: {name: n, plan: p}}\nlabels: {model: {allow: ['a*'], deny: [b], limit: 1_0}}",
    b"a: &a [*a]\nb: !!binary x\n<<: {c: d}\nbuckets: {payout: [1e3, .5, 0x1]}",
    b"labels: {api_key: {display: hash}}\nprivacy: {hash_key_env: A}\n"
    b"web: {listen_address: '[::1]:1'}",
)
TEXTS = (
    b"sk-ai-v1-abc", b"x SK-PROJ-abc, Bearer abc", b"a.b+c@d.co.uk.1", b"eyJhbGciOi.eyJz.x",
    b"https://u:p@h/", b"Basic dXNlcjpw", b"-----BEGIN PRIVATE KEY-----a-----END PRIVATE KEY-----",
    b"HighLatency", "ünï\u2028\u202e".encode(), b"x" * 140, b"ghp_" + b"a" * 30,
)  # fmt: skip
EXPOSITIONS = (
    b'# HELP a b\n# TYPE a counter\na{b="c\\n\\"",d="e"} 1.5\na_bucket{le="+Inf"} 7 1\n',
)
