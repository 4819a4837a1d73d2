"""Reproducible inputs: records of several shapes, as files and as lines."""

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from exporter.demo import Traffic
from exporter.formats.registry import SCHEMAS

START_MS = 1_793_491_200_000
_BILLING = (
    *("originAmount", "billAmount", "discountAmount", "realAmount", "nonpaymentAmount"),
    *("ratingResponses", "nativeFeeTokens", "billStatus"),
)
_LONG = 12_000
_FILES = 400
_NATIVE = (
    b'{"id":"gen_%d","timestamp":%d,"model":"vendor/model-%d","provider":"provider-%d",'
    b'"api_key":"key-%d","plan":"payg","status":"success","streamed":true,"latency_ms":%d,'
    b'"generation_ms":%d,"input_tokens":%d,"output_tokens":%d,"cost_usd":"0.%06d",'
    b'"finish_reason":"stop","trace":"%032x"}'
)


@dataclass(frozen=True, slots=True)
class Workload:
    """The input of all contenders of a run."""

    lines: list[bytes]
    paths: tuple[Path, ...]

    @property
    def line_bytes(self) -> float:
        """Return the mean length of a line in bytes."""
        return sum(map(len, self.lines)) / len(self.lines)


def meta(seed: int) -> Iterator[bytes]:
    """Yield ZenMux's raw records from the demo, with late bills, duplicates and payouts: 1.6 kB."""
    for event in Traffic(seed, START_MS, rate=200.0):
        if event.line.startswith(b'{"generationId"') and _is_valid(event.line):
            yield event.line


def _is_valid(line: bytes) -> bool:
    try:
        SCHEMAS["zenmux"].decode(line)
    except msgspec.DecodeError:
        return False
    return True


def long(seed: int) -> Iterator[bytes]:
    """Yield raw records with a prompt: 16 kB, with quotes and non-ASCII letters."""
    text = ('He said: "naïve" \\ déjà vu\n' * (_LONG // 28))[:_LONG]
    prompt = msgspec.json.encode(text)
    for line in meta(seed):
        yield line[:-1] + b',"prompt":' + prompt + b"}"


def unbilled(seed: int) -> Iterator[bytes]:
    """Yield raw records without a bill."""
    for line in meta(seed):
        record = msgspec.json.decode(line)
        yield msgspec.json.encode({k: v for k, v in record.items() if k not in _BILLING})


def native(seed: int, keys: int = 20) -> Iterator[bytes]:
    """Yield records in the native format: 300 bytes, 20 models, 3 providers."""
    draw = random.Random(seed).randrange
    for number in itertools.count():
        yield native_line(number, draw, draw(20), draw(3), draw(keys))


def native_line(
    number: int, draw: Callable[[int], int], model: int, provider: int, key: int
) -> bytes:
    """Return a record in the native format."""
    course = (200 + draw(3000), 300 + draw(9000), draw(4000), draw(900), draw(10**6))
    return _NATIVE % (number, START_MS + 40 * number, model, provider, key, *course, number)


def many_keys(seed: int) -> Iterator[bytes]:
    """Yield native records of 5,000 API keys, more than the label's limit."""
    return native(seed, 5000)


SHAPES: dict[str, Callable[[int], Iterator[bytes]]] = {
    "meta": meta,
    "native": native,
    "long lines": long,
    "many keys": many_keys,
    "many small files": native,
    "unbilled": unbilled,
}


def prepare(shape: str, seed: int, count: int, directory: Path) -> Workload:
    """Write `count` lines of a shape to one file, or to many small ones."""
    lines = list(itertools.islice(SHAPES[shape](seed), count))
    files = min(_FILES, count) if shape == "many small files" else 1
    paths = tuple(directory / f"log-{number}.jsonl" for number in range(files))
    for number, path in enumerate(paths):
        path.write_bytes(b"".join(line + b"\n" for line in lines[number::files]))
    return Workload(lines, paths)


def write(shape: str, seed: int, count: int, path: Path, size: int = 0) -> int:
    """Write `count` lines or `size` bytes, without keeping them; return the number of lines."""
    written = lines = 0
    with path.open("wb", buffering=1 << 20) as file:
        for line in SHAPES[shape](seed):
            if (written >= size) if size else (lines >= count):
                break
            written += file.write(line + b"\n")
            lines += 1
    return lines
