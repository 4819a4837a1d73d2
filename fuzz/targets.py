"""The fuzz targets: each takes bytes, and raises if a promise is broken.

No input may cause a crash or a hang. If the exporter is installed compiled, both implementations
must give the same result.
"""

import contextlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qsl

from multidict import MultiDict

from exporter.config import Config, Storage, document, schema
from exporter.config.faults import Faults
from exporter.errors import ExporterError
from exporter.formats.otlp import attributes_read
from exporter.formats.registry import PRESETS, WRAPPERS
from exporter.otlp import MalformedError, Signal, TooMuchError, decode_in_steps
from exporter.reconcile import samples
from exporter.sources import ENCODINGS, ArchiveError, Inflow, TooLargeError, body_of, read_file
from exporter.values.labels import MAX_LENGTH, clean, snake_case
from exporter.values.masking import masked
from exporter.values.texts import CONTROL, printable
from exporter.web import compensations, negotiation
from exporter.wrappers import NAMES
from implementations import Implementation, load, why_not_compiled
from record_facts import facts

from . import seeds

_WRAPPERS = sorted(NAMES)
_PRESETS = sorted(PRESETS)
_ENCODINGS = ("", *sorted(ENCODINGS))
_MAPPING = {"timestamp": "t.x", "model": "m", "tokens.prompt": "u.p", "cost_usd": "c", "id": "i"}
_SUM = re.compile(r'^zenmux_(\w+)_total\{.*?(?:outcome="(\w+)")?\} (\S+)$', re.MULTILINE)
_CUT = len("~") + 8


@dataclass(frozen=True, slots=True)
class Target:
    """A function that reads input, and seeds that reach deep into it."""

    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]


def implementations() -> list[Implementation]:
    """Return the interpreted implementation, and the compiled one of these sources, if any."""
    names = ["interpreted"] if why_not_compiled() else ["interpreted", "compiled"]
    return [load(name) for name in names]


_BOTH = implementations()


def parser(data: bytes) -> None:
    """Decode a record with each format and with a mapping."""
    told = [_parsed(one, data) for one in _BOTH]
    assert told.count(told[0]) == len(told), "compiled and interpreted differ"


def _parsed(implementation: Implementation, data: bytes) -> list[object]:
    make = implementation.module("formats.parser").Parser
    mapping = implementation.module("formats.mapping").FieldMapping(_MAPPING)
    parsers = (make(), make(shape="zenmux"), make(shape="native"), make(mapping))
    found = [one for each in parsers for one in each.parse(data, "2026-11-01T00:00:00Z")]
    told = [_reason(one) if hasattr(one, "reason") else facts(one) for one in found]
    repr(told).encode()
    return told


def _reason(rejected: Any) -> str:
    return str(rejected.reason.value)


def presets(data: bytes) -> None:
    """Read a file in another program's format; the first byte selects the format."""
    told = [_of_preset(one, data) for one in _BOTH]
    assert told.count(told[0]) == len(told), "compiled and interpreted differ"


def _of_preset(implementation: Implementation, data: bytes) -> str:
    shape = _PRESETS[data[0] % len(_PRESETS)] if data else _PRESETS[0]
    mapping = {"timestamp": "TIMESTAMP", "model": "GeneratedTokens"} if shape == "csv" else {}
    text = data[1:]
    head = text if shape in WRAPPERS else b""
    return _count(
        implementation,
        text + b"\n",
        head,
        format=shape,
        mapping=mapping,
        wrapper=WRAPPERS.get(shape, "auto"),
    )


def bodies(data: bytes) -> None:
    """Read a pushed body; the first byte selects its compression and wrapper."""
    first, content = data[:1] or b"\0", data[1:]
    encoding = _ENCODINGS[first[0] % len(_ENCODINGS)]
    wrapper = _WRAPPERS[first[0] % len(_WRAPPERS)]
    inflow = Inflow(encoding)
    try:
        for part in (content[:7], content[7:]):
            inflow.feed(part)
        body = body_of(inflow.whole(), "a", "a", 1 << 16, wrapper)
    except (ArchiveError, TooLargeError) as error:
        printable(str(error)).encode()
        return
    assert body.block.size == len(body.data) == inflow.size
    numbers = list(body.numbered(body.block.starts))
    assert numbers == sorted(numbers)
    assert all(number >= 1 for number in numbers)


def lines(data: bytes) -> None:
    """Unwrap and count lines; the first byte selects the wrapper."""
    told = [_counted(one, data) for one in _BOTH]
    assert told.count(told[0]) == len(told), "compiled and interpreted differ"
    sums: dict[str, Decimal] = {}
    for name, outcome, value in _SUM.findall(told[0]):
        sums[name] = sums.get(name, Decimal(0)) + Decimal(value)
        if outcome:
            sums[outcome] = sums.get(outcome, Decimal(0)) + Decimal(value)
    assert sums.get("requests") == sums.get("finish_reasons"), "requests without a finish reason"
    assert sums.get("error", 0) == sums.get("request_errors", 0), "errors without a type"


def _counted(implementation: Implementation, data: bytes) -> str:
    wrapper = _WRAPPERS[data[0] % len(_WRAPPERS)] if data else _WRAPPERS[0]
    return _count(implementation, data[1:] + b"\n", wrapper=wrapper)


def _count(implementation: Implementation, text: bytes, head: bytes = b"", **settings: Any) -> str:
    """Count a text as a source with these settings, and return the exposition."""
    made = implementation.module("config")
    source = made.Source(name="a", type="file", path="a", **settings)
    limits = made.Storage(path=Path(), series_limit=100, max_line_bytes=1 << 16)
    config = made.Config(sources=(source,), storage=limits)
    make = implementation.module("sources").Block
    block = make("a", "a", text, 0, len(text), None, ends=True, head=head)
    count = implementation.module("count_files").count_blocks
    return str(count(config, [block], lambda: 1.9e9))


def otlp(data: bytes) -> None:
    """Read an OTLP request; the first byte selects its signal and encoding."""
    first, content = data[:1] or b"\0", data[1:]
    signal = (Signal.spans, Signal.log_records)[first[0] % 2]
    is_json = first[0] % 4 > 1
    wanted = attributes_read({}) if first[0] % 8 > 3 else None
    try:
        *_, found = decode_in_steps(content, signal, wanted, 1 << 20, is_json=is_json)
    except (MalformedError, TooMuchError):
        return
    assert found is not None
    assert found.lines.count(b"\n") == len(found.lines.splitlines())
    told = [_of_otlp(one, found.lines) for one in _BOTH]
    assert told.count(told[0]) == len(told), "compiled and interpreted differ"


def _of_otlp(implementation: Implementation, lines: bytes) -> str:
    return _count(implementation, lines, format="otlp")


def archive(data: bytes) -> None:
    """Read a file with any content, which may look like an archive."""
    with TemporaryDirectory() as name:
        path = Path(name) / "log"
        path.write_bytes(data)
        try:
            for block in read_file("a", str(path), 1 << 16):
                assert block.size >= 0
        except ExporterError as error:
            printable(str(error)).encode()


def query(data: bytes) -> None:
    """Read query parameters, and headers for content negotiation."""
    text = data.decode(errors="surrogateescape")
    negotiation.choose_format(text)
    negotiation.accepts_gzip(text)
    pairs = parse_qsl(text, keep_blank_values=True, errors="surrogateescape")
    try:
        compensations.parse(MultiDict(pairs))
    except ValueError as error:
        str(error).encode()


def configuration(data: bytes) -> None:
    """Read a configuration file: it is valid, or each error is reported as printable text."""
    faults = Faults("exporter.yml")
    found = schema.read(document.parse(data.decode(errors="replace"), faults), faults)
    for fault in faults.texts():
        assert not CONTROL.search(fault)
        fault.encode()
    if not faults:
        sections = {"storage": Storage(Path()), "web": Config(Storage(Path())).web}
        Config(**{**found, **sections})


def labels(data: bytes) -> None:
    """Clean label values: the result is short, printable, without secrets, and idempotent."""
    text = data.decode(errors="replace")
    for value in (clean(text), snake_case(text)):
        # Cutting may give a text another shape.
        assert len(value) > MAX_LENGTH or clean(value) == value
        assert len(value) <= MAX_LENGTH + _CUT
        assert not CONTROL.search(value)
    assert masked(masked(text)) == masked(text)


def exposition(data: bytes) -> None:
    """Read the exposition of another exporter, as `reconcile` does."""
    with contextlib.suppress(ExporterError):
        samples.parse(data.decode(errors="replace"))


TARGETS: Mapping[str, Target] = {
    "parser": Target(parser, seeds.RECORDS),
    "lines": Target(lines, seeds.LINES),
    "presets": Target(presets, seeds.PRESETS),
    "bodies": Target(bodies, seeds.BODIES),
    "otlp": Target(otlp, seeds.REQUESTS),
    "archive": Target(archive, seeds.ARCHIVES),
    "query": Target(query, seeds.QUERIES),
    "configuration": Target(configuration, seeds.CONFIGURATIONS),
    "labels": Target(labels, seeds.TEXTS),
    "exposition": Target(exposition, seeds.EXPOSITIONS),
}
