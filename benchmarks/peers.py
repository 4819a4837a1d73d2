"""Other programs that count a log: a script with the client library, and Debian's mtail."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram

from .lines import Workload

_WHO = ("api_key", "model", "provider")
_TYPES = (
    *("prompt", "completion", "internal_reasoning", "image", "web_search"),
    *("input_cache_read", "input_cache_write_5_min", "input_cache_write_1_h"),
)
# The exporter's families, as far as regular expressions allow: they can't loop over a list, so each
# token type and each item of a bill is matched by name.
_MTAIL_HEAD = r"""
counter requests by api_key, model, provider, outcome
counter tokens by api_key, model, provider, token_type
counter cost_usd by api_key, model, provider, item
counter finish_reasons by model, provider, reason
histogram first_token_seconds by model, provider buckets 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60
histogram generation_seconds by model, provider buckets 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60
histogram duration_seconds by model, provider buckets 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60
"""
_MTAIL_META = r"""
histogram tokens_per_second by model, provider buckets 1, 5, 10, 25, 50, 100, 250, 500
/"apiKeyId":"(?P<key>[^"]+)".*"modelSlug":"(?P<model>[^"]+)","providerSlug":"(?P<provider>[^"]+)"/ {
  /"requestSuccess":true/ {
    requests[$key][$model][$provider]["success"]++
  } else {
    requests[$key][$model][$provider]["error"]++
  }
  /"generationTime":(?P<took>\d+),"latency":(?P<late>\d+)/ {
    first_token_seconds[$model][$provider] = $late / 1000.0
    generation_seconds[$model][$provider] = $took / 1000.0
    duration_seconds[$model][$provider] = ($late + $took) / 1000.0
  }
  /"throughput":"(?P<rate>[0-9.]+)"/ {
    tokens_per_second[$model][$provider] = float($rate)
  }
  /"finishReason":"(?P<reason>[^"]+)"/ {
    finish_reasons[$model][$provider][$reason]++
  }
%s}
"""
_MTAIL_TOKENS = r"""  /"nativeFeeTokens":\{[^}]*"%(name)s":(?P<count>\d+)/ {
    tokens[$key][$model][$provider]["%(name)s"] += $count
  }
  /\{"billAmount":(?P<amount>[0-9.e-]+),[^}]*"feeItemCode":"%(name)s"/ {
    cost_usd[$key][$model][$provider]["%(name)s"] += float($amount)
  }
"""
_MTAIL_NATIVE = r"""
/"model":"(?P<model>[^"]+)","provider":"(?P<provider>[^"]+)","api_key":"(?P<key>[^"]+)"/ {
  /"status":"success"/ {
    requests[$key][$model][$provider]["success"]++
  } else {
    requests[$key][$model][$provider]["error"]++
  }
  /"latency_ms":(?P<late>\d+),"generation_ms":(?P<took>\d+)/ {
    first_token_seconds[$model][$provider] = $late / 1000.0
    generation_seconds[$model][$provider] = $took / 1000.0
    duration_seconds[$model][$provider] = ($late + $took) / 1000.0
  }
  /"finish_reason":"(?P<reason>[^"]+)"/ {
    finish_reasons[$model][$provider][$reason]++
  }
  /"input_tokens":(?P<in>\d+),"output_tokens":(?P<out>\d+),"cost_usd":"(?P<cost>[0-9.]+)"/ {
    tokens[$key][$model][$provider]["prompt"] += $in
    tokens[$key][$model][$provider]["completion"] += $out
    cost_usd[$key][$model][$provider]["total"] += float($cost)
  }
}
"""


class Script:
    """A script with the client library's counters and histograms, nothing durable."""

    def __init__(self) -> None:
        """Create the metrics."""
        self.registry = CollectorRegistry()
        self._requests = self._counter("requests", "outcome")
        self._tokens = self._counter("tokens", "token_type")
        self._cost = self._counter("cost_usd", "item")
        self._first = self._histogram("first_token_seconds")
        self._took = self._histogram("duration_seconds")

    def _counter(self, name: str, *labels: str) -> Counter:
        return Counter(name, name, (*_WHO, *labels), registry=self.registry)

    def _histogram(self, name: str) -> Histogram:
        return Histogram(name, name, _WHO[1:], registry=self.registry)

    def meta(self, record: Mapping[str, Any]) -> None:
        """Count a raw record of ZenMux."""
        who = (record["apiKeyId"], record["modelSlug"], record["providerSlug"])
        bills = (record.get("ratingResponses") or {}).get("ratingDetails") or ()
        self._count(
            who,
            is_good=bool((record.get("ext") or {}).get("requestSuccess")),
            tokens=record.get("nativeFeeTokens") or {},
            cost={bill["feeItemCode"]: bill["billAmount"] for bill in bills},
            milliseconds=(record.get("latency") or 0, record.get("generationTime") or 0),
        )

    def native(self, record: Mapping[str, Any]) -> None:
        """Count a record in the native format."""
        self._count(
            (record["api_key"], record["model"], record["provider"]),
            is_good=record["status"] == "success",
            tokens={"prompt": record["input_tokens"], "completion": record["output_tokens"]},
            cost={"total": float(record["cost_usd"])},
            milliseconds=(record["latency_ms"], record["generation_ms"]),
        )

    def _count(
        self,
        who: tuple[str, str, str],
        *,
        is_good: bool,
        tokens: Mapping[str, int],
        cost: Mapping[str, float],
        milliseconds: tuple[int, int],
    ) -> None:
        self._requests.labels(*who, "success" if is_good else "error").inc()
        for kind, count in tokens.items():
            self._tokens.labels(*who, kind).inc(count)
        for item, amount in cost.items():
            self._cost.labels(*who, item).inc(amount)
        latency, generation = milliseconds
        self._first.labels(*who[1:]).observe(latency / 1000)
        self._took.labels(*who[1:]).observe((latency + generation) / 1000)

    def requests(self) -> int:
        """Return the number of counted requests."""
        (family,) = self._requests.collect()
        return int(sum(one.value for one in family.samples if one.name == "requests_total"))


def is_meta(workload: Workload) -> bool:
    """Return True if lines are raw records of ZenMux."""
    return workload.lines[0].startswith(b'{"generationId"') or b'"apiKeyId"' in workload.lines[0]


def client_library(workload: Workload) -> int:
    """Count with `json` and the client library; return the number of lines."""
    script = Script()
    count = script.meta if is_meta(workload) else script.native
    for line in workload.lines:
        count(json.loads(line))
    return script.requests()


def has_mtail() -> bool:
    """Return True if mtail is installed."""
    return shutil.which("mtail") is not None


def mtail(workload: Workload) -> int:
    """Count with mtail; return the number of lines."""
    tokens = "".join(_MTAIL_TOKENS % {"name": name} for name in _TYPES)
    shape = _MTAIL_META % tokens if is_meta(workload) else _MTAIL_NATIVE
    with tempfile.TemporaryDirectory() as name:
        program = Path(name) / "requests.mtail"
        program.write_text(_MTAIL_HEAD + shape)
        logs = workload.paths[0].parent / "*.jsonl"
        command = ["mtail", "--one_shot", "--one_shot_format=json", "--progs", str(program)]
        done = subprocess.run(
            [*command, "--logs", str(logs)], capture_output=True, text=True, check=True, cwd=name
        )
    (found,) = json.loads(done.stdout)["requests"]
    return sum(int(one["Value"]["Value"]) for one in found["LabelValues"])
