"""Fixtures: a server of models, a recorder to a file, and the lines that it wrote."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from zenmux_recorder import FileSink, Recorder

from . import Lines, Warnings
from .model_server import ModelServer


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """Run a server that speaks ZenMux's protocols."""
    made = ModelServer()
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of the recorder's file."""
    return tmp_path / "zenmux.jsonl"


@pytest.fixture
def recorder(path: Path) -> Iterator[Recorder]:
    """Return a recorder with the key name `checkout`."""
    made = Recorder(FileSink(path), key_name="checkout")
    yield made
    made.close()


@pytest.fixture
def lines(recorder: Recorder, path: Path) -> Lines:
    """Return the lines written so far."""

    def read() -> list[dict[str, Any]]:
        assert recorder.flush()
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    return read


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Warnings:
    """Return the recorder's log messages, without those of clients."""

    def told() -> list[str]:
        return [one.getMessage() for one in caplog.records if one.name == "zenmux_recorder"]

    return told
