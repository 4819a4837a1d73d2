"""Fixtures: a server of models, a recorder into a file, and the lines that it wrote."""

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
    """A server that speaks ZenMux's protocols."""
    made = ModelServer()
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file that the recorder writes."""
    return tmp_path / "zenmux.jsonl"


@pytest.fixture
def recorder(path: Path) -> Iterator[Recorder]:
    """A recorder of the key `checkout`."""
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
    """Return what the recorder has logged; clients log their requests, too."""

    def told() -> list[str]:
        return [one.getMessage() for one in caplog.records if one.name == "zenmux_recorder"]

    return told
