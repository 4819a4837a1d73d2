"""Who counts a log, from bare decoding to durable totals; each returns how many lines it took."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec
from prometheus_client import CollectorRegistry, Counter, Histogram

from exporter.aggregates import Aggregates
from exporter.config import Config, Source, Storage
from exporter.decode import Decoder
from exporter.decode.wire import ZenmuxLine
from exporter.ledger import Folder
from exporter.ledger.opening import open_storage
from exporter.pipeline import Ingest
from exporter.sources import Position, read_file

MTAIL = r"""
counter requests by model, provider
counter prompt by model, provider
counter completion by model, provider
/"modelSlug":\s*"(?P<model>[^"]+)".*"providerSlug":\s*"(?P<provider>[^"]+)"/ {
  requests[$model][$provider]++
  /"nativeFeeTokens":\s*\{[^}]*"prompt":\s*(?P<n>\d+)/ {
    prompt[$model][$provider] += $n
  }
  /"nativeFeeTokens":\s*\{[^}]*"completion":\s*(?P<m>\d+)/ {
    completion[$model][$provider] += $m
  }
}
"""
_LABELS = ("api_key", "model", "provider")


def typed(lines: list[bytes], _path: Path) -> int:
    """Bare typed decoding of every line: the limit of anything in Python."""
    decode = msgspec.json.Decoder(ZenmuxLine).decode
    for line in lines:
        decode(line)
    return len(lines)


def decoded(lines: list[bytes], _path: Path) -> int:
    """Lines to records, with every rule of a record."""
    decode = Decoder().decode
    for line in lines:
        decode(line)
    return len(lines)


def folded(_lines: list[bytes], path: Path) -> int:
    """Records to totals in memory, as `once` counts them."""
    with tempfile.TemporaryDirectory() as directory:
        config = _config(path, directory)
        return _ingest(config, Folder(config), lambda _delta: None)


def durable(_lines: list[bytes], path: Path) -> int:
    """The whole way: read, decode, fold, commit with a full sync, publish."""
    with tempfile.TemporaryDirectory() as directory:
        config = _config(path, directory)
        opened = open_storage(config, Position)
        try:
            return _ingest(config, opened.folder, opened.ledger.commit)
        finally:
            opened.ledger.close()


def _config(path: Path, directory: str) -> Config:
    source = Source(name="bench", type="file", path=str(path))
    return Config(sources=(source,), storage=Storage(path=Path(directory)))


def _ingest(config: Config, folder: Folder, commit: Callable[..., None]) -> int:
    ingest, state = Ingest(config, folder, lambda: 1.9e9), Aggregates(2000)
    (source,) = config.sources

    def publish() -> None:
        delta = ingest.seal()
        commit(delta)
        state.publish(delta, 0)

    for block in read_file(source.name, source.path or "", 1 << 20):
        for _ in ingest.slices(block):
            pass
        if ingest.is_full:
            publish()
    publish()
    results = state.families["zenmux_exporter_records_total"]
    return sum(int(one.value) for one in results if not hasattr(one.value, "counts"))


def client_library(lines: list[bytes], _path: Path) -> int:
    """What a script does: `json`, and the client library's counters and histograms."""
    registry = CollectorRegistry()
    requests = Counter("requests", "r", (*_LABELS, "outcome"), registry=registry)
    tokens = Counter("tokens", "t", (*_LABELS, "token_type"), registry=registry)
    cost = Counter("cost_usd", "c", (*_LABELS, "item"), registry=registry)
    first = Histogram("first_token_seconds", "f", ("model", "provider"), registry=registry)
    took = Histogram("duration_seconds", "d", ("model", "provider"), registry=registry)
    for line in lines:
        record = json.loads(line)
        who = (record["apiKeyId"], record["modelSlug"], record["providerSlug"])
        success = (record.get("ext") or {}).get("requestSuccess")
        requests.labels(*who, "success" if success else "error").inc()
        for kind, count in (record.get("nativeFeeTokens") or {}).items():
            tokens.labels(*who, kind).inc(count)
        for detail in (record.get("ratingResponses") or {}).get("ratingDetails") or ():
            cost.labels(*who, detail["feeItemCode"]).inc(detail["billAmount"])
        latency, generation = record.get("latency") or 0, record.get("generationTime") or 0
        first.labels(*who[1:]).observe(latency / 1000)
        took.labels(*who[1:]).observe((latency + generation) / 1000)
    counted = requests.collect()
    return int(sum(s.value for f in counted for s in f.samples if s.name == "requests_total"))


def mtail(_lines: list[bytes], path: Path) -> int:
    """Debian's mtail with three counters by model and provider."""
    with tempfile.TemporaryDirectory() as name:
        program = Path(name) / "requests.mtail"
        program.write_text(MTAIL)
        command = ["mtail", "--one_shot", "--one_shot_format=json", "--progs", str(program)]
        done = subprocess.run(
            [*command, "--logs", str(path)], capture_output=True, text=True, check=True, cwd=name
        )
    (found,) = json.loads(done.stdout)["requests"]
    values = found["LabelValues"]
    return sum(int(one["Value"]["Value"]) for one in values)


def contenders() -> dict[str, Callable[[list[bytes], Path], int]]:
    """Those that can run here."""
    found: dict[str, Callable[[list[bytes], Path], int]] = {
        "typed decoding": typed,
        "decode": decoded,
        "decode + fold": folded,
        "durable": durable,
        "json + client library": client_library,
    }
    if shutil.which("mtail"):
        found["mtail"] = mtail
    return found
