"""Parse a text in a test: its record, or why it holds none."""

import json
from typing import Any

from exporter.errors import Rejected
from exporter.formats.parser import Parser
from exporter.records import Record

NATIVE: dict[str, Any] = {"timestamp": "2026-11-01T00:00:00Z", "model": "m"}
ZENMUX: dict[str, Any] = {
    "generationId": "g",
    "createdAt": "2026-11-01T00:00:00Z",
    "modelSlug": "m",
}
MICRO = 10**6


def parse_all(text: bytes | dict[str, Any], **options: Any) -> list[Record | Rejected]:
    """Return what a text holds."""
    line = text if isinstance(text, bytes) else json.dumps(text).encode()
    return Parser(**options).parse(line)


def parse(text: bytes | dict[str, Any], **options: Any) -> Record:
    """Return the one record of a text."""
    (record,) = parse_all(text, **options)
    assert isinstance(record, Record)
    return record


def reasons(text: bytes | dict[str, Any], **options: Any) -> list[str]:
    """Return why a text holds no record; `ok` for each that it holds."""
    found = parse_all(text, **options)
    return [str(one.reason) if isinstance(one, Rejected) else "ok" for one in found]
