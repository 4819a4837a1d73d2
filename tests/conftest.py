"""Fixtures: configurations, logs, and counting one to its exposition."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from exporter.config import Config, Source, Storage
from exporter.once import count_once

Count = Callable[..., str]


@pytest.fixture
def count(tmp_path: Path) -> Count:
    """Counts lines of one source called `example` and returns the exposition."""

    def run(lines: str | Iterable[str | bytes], clock: float = 1.9e9, **settings: object) -> str:
        rows = lines.splitlines() if isinstance(lines, str) else lines
        path = tmp_path / "example.jsonl"
        path.write_bytes(b"".join(_bytes(row) + b"\n" for row in rows))
        source = Source(name="example", type="file", path=str(path))
        values = {"storage": Storage(path=tmp_path), **settings}
        config = Config(sources=(source,), **values)  # type: ignore[arg-type]
        return count_once(config, lambda: clock)

    return run


def _bytes(row: str | bytes) -> bytes:
    return row.encode() if isinstance(row, str) else row
