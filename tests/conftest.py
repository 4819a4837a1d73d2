"""Fixtures: implementations, ledgers, served states, and counting lines to an exposition."""

import logging
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import aiohttp
import coverage
import pytest
from hypothesis import settings

from clocks import Clock
from deltas import first
from effort import examples
from exporter.config import Storage
from exporter.ledger.open import open_ledger
from exporter.ledger.store import Ledger
from implementations import NAMES, Implementation, load
from served import Published
from usage_words import UsageOf

Count = Callable[..., str]
UNMEASURED = ("real", "slow", "compiled", "hypothesis")

# Examples have no deadline: their duration depends on what else runs.
settings.register_profile("usual", deadline=None, max_examples=examples(40, 400))
# Half of the usual examples, for `make fast`.
settings.register_profile("fast", deadline=None, max_examples=20)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))

pytest_plugins = ["api_fixtures", "kafka_fixtures", "skips", "temporary"]


def pytest_configure() -> None:
    """Have programs that tests start end on SIGINT, even if the run itself is in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests of compiled modules, and tests in modules whose imports run programs."""
    for item in items:
        if "compiled" in getattr(item, "callspec", _Plain).params.values():
            item.add_marker("compiled")
        names = vars(item.getparent(pytest.Module).obj)  # type: ignore[union-attr]
        if any(one is subprocess or _is_of_programs(one) for one in names.values()):
            item.add_marker("process")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Measure coverage without tests that it makes slow and that reach nothing more.

    Programs and compiled modules are not measured. Properties run several times slower.
    """
    if not any(map(item.get_closest_marker, UNMEASURED)):
        return (yield)
    paused = [*_stop_measuring()]
    try:
        return (yield)
    finally:
        for one in reversed(paused):
            one.start()


def _stop_measuring() -> Iterator[coverage.Coverage]:
    """Stop all measurements, of which a worker has two; the newest first."""
    while running := coverage.Coverage.current():
        running.stop()
        yield running


class _Plain:
    """The call of a test without parameters."""

    params: ClassVar[dict[str, object]] = {}


def _is_of_programs(value: object) -> bool:
    return getattr(value, "__module__", "") in ("programs", "torture")


@pytest.fixture(scope="session", params=NAMES)
def implementation(request: pytest.FixtureRequest) -> Implementation:
    """Return each implementation of the hot modules: interpreted, and compiled if it was built."""
    return load(request.param)


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    """Return the settings of a ledger."""
    return Storage(path=tmp_path / "state")


@pytest.fixture
def ledger(storage: Storage) -> Iterator[Ledger]:
    """Open a new ledger."""
    opened = open_ledger(storage).ledger
    yield opened
    opened.close()


@pytest.fixture
def pipeline(tmp_path: Path) -> Published:
    """Return a pipeline that has published a batch of existing content."""
    pipeline = Published(tmp_path)
    pipeline.publish(replace(first(), existing_counted=True))
    return pipeline


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return the path for a log."""
    return tmp_path / "app.log"


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """Open an HTTP client session."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def count(tmp_path: Path, implementation: Implementation) -> Count:
    """Return a function that counts lines of a source `example` and returns the exposition."""
    count_once = implementation.module("count_files").count_once
    # Use its own classes, since a configuration is compared with defaults.
    made = implementation.module("config")

    def run(lines: str | Iterable[str | bytes], clock: float = 1.9e9, **settings: object) -> str:
        rows = lines.splitlines() if isinstance(lines, str) else lines
        path = tmp_path / "example.jsonl"
        path.write_bytes(b"".join(_bytes(row) + b"\n" for row in rows))
        source = made.Source(name="example", type="file", path=str(path))
        values = {"storage": made.Storage(path=tmp_path), **settings}
        config = made.Config(sources=(source,), **values)
        text: str = count_once(config, lambda: clock)
        return text

    return run


@pytest.fixture(scope="session")
def usage_of(implementation: Implementation) -> UsageOf:
    """Return the `usage_of` of each implementation."""
    found: UsageOf = implementation.module("rules.usage").usage_of
    return found


def _bytes(row: str | bytes) -> bytes:
    return row.encode() if isinstance(row, str) else row


@pytest.fixture
def clock() -> Clock:
    """Return a clock."""
    return Clock()


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Iterator[list[dict[str, Any]]]:
    """Return the fields of everything logged, with the message as `msg`; newest last."""
    rows: list[dict[str, Any]] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            fields = record.__dict__["fields"]
            rows.append({"level": record.levelname, "msg": record.getMessage(), **fields})

    handler = Handler()
    root = logging.getLogger("exporter")
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield rows
    root.removeHandler(handler)
    root.setLevel(logging.NOTSET)
