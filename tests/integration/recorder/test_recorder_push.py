"""The push sink: retries in the background, and requests never wait for it."""

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from recording import Warnings, answers
from recording.push_server import PushServer
from zenmux_recorder import PushSink, Recorder, RecordingTransport

pytest_plugins = ["recording.fixtures"]

TOKEN = "t0ken"
LIMITED = (429, {"Retry-After": "0"})
DOWN: tuple[int, dict[str, str]] = (503, {})


@pytest.fixture
def exporter() -> Iterator[PushServer]:
    """A server that answers pushes."""
    made = PushServer(TOKEN)
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    """A token file."""
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n")
    return path


def ask(recorder: Recorder, number: int = 1) -> None:
    """Send requests that are answered at once."""
    body = answers.chat("", "openai/gpt-5")
    mock = httpx2.MockTransport(lambda _: httpx2.Response(200, json=body))
    with httpx2.Client(transport=RecordingTransport(recorder, mock)) as client:
        for _ in range(number):
            client.post("http://zenmux/api/v1/chat/completions", json={})


def test_batches(exporter: PushServer, token_file: Path) -> None:
    """Queued lines are pushed in one batch, as JSON Lines with the token."""
    recorder = Recorder(PushSink(exporter.url, token_file=token_file, linger_seconds=60))
    ask(recorder, 3)
    assert recorder.flush()
    recorder.close()
    assert [len(batch) for batch in exporter.batches] in ([3], [1, 2], [2, 1])
    (batch, *_) = exporter.batches
    assert batch[0]["usage"] == answers.CHAT_USAGE
    assert exporter.seen[0]["content-type"] == "application/x-ndjson"
    assert (recorder.counters.recorded, recorder.counters.written) == (3, 3)


def test_token_from_the_environment(exporter: PushServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token can come from an environment variable."""
    monkeypatch.setenv("PUSH_TOKEN", TOKEN)
    recorder = Recorder(PushSink(exporter.url, token_env="PUSH_TOKEN", linger_seconds=0))
    ask(recorder)
    recorder.close()
    assert len(exporter.batches) == 1


def test_tries_again(exporter: PushServer, token_file: Path, warnings: Warnings) -> None:
    """After 429 or 503 the batch is retried under the same key, with one warning."""
    exporter.answers += [LIMITED, DOWN]
    recorder = Recorder(PushSink(exporter.url, token_file=token_file, linger_seconds=0))
    ask(recorder)
    recorder.close()
    assert len(exporter.batches) == 1
    keys = {headers["idempotency-key"] for headers in exporter.seen}
    assert (len(exporter.seen), len(keys)) == (3, 1)
    assert (recorder.counters.written, recorder.counters.dropped) == (1, 0)
    (warning,) = warnings()
    assert warning.endswith("answered 429")


def test_wrong_token(exporter: PushServer, tmp_path: Path, warnings: Warnings) -> None:
    """After 401 the lines are dropped and counted, and the token is not logged."""
    path = tmp_path / "wrong"
    path.write_text("wr0ng")
    recorder = Recorder(PushSink(exporter.url, token_file=path, linger_seconds=0))
    ask(recorder)
    assert recorder.flush()
    ask(recorder)
    recorder.close()
    assert (recorder.counters.written, recorder.counters.dropped) == (0, 2)
    (warning,) = warnings()
    assert "answered 401" in warning
    assert "wr0ng" not in warning


def test_too_large(exporter: PushServer, token_file: Path) -> None:
    """After 413 a batch is sent in halves."""
    exporter.answers += [(413, {})]
    sink = PushSink(exporter.url, token_file=token_file)
    assert sink.write([b'{"n":1}\n', b'{"n":2}\n', b'{"n":3}\n']) == 0
    sink.close()
    assert exporter.batches == [[{"n": 1}], [{"n": 2}, {"n": 3}]]


def test_rejected_lines(exporter: PushServer, token_file: Path, warnings: Warnings) -> None:
    """Rejected lines are counted, and the first reason is logged."""
    exporter.rejected = 1
    recorder = Recorder(PushSink(exporter.url, token_file=token_file))
    ask(recorder)
    recorder.close()
    assert recorder.counters.rejected == 1
    assert warnings()[0].endswith("rejected lines, the first as missing_model")


def test_exporter_away(token_file: Path, warnings: Warnings) -> None:
    """Without an exporter requests still work; lines beyond the queue are dropped and counted."""
    sink = PushSink("http://127.0.0.1:9/api/v1/records", token_file=token_file, linger_seconds=0)
    recorder = Recorder(sink, queue_limit=2)
    ask(recorder, 50)
    recorder.close(timeout=0)
    counters = recorder.counters
    assert (counters.recorded, counters.written, counters.dropped) == (50, 0, 50)
    assert len(warnings()) <= 2


@pytest.mark.parametrize(
    "options",
    [
        {"url": "exporter:10464", "token_env": "T"},
        {"url": "http://exporter"},
        {"url": "http://exporter", "token_env": "T", "token_file": "t"},
    ],
)
def test_wrong_options(options: dict[str, str]) -> None:
    """Invalid options are refused."""
    with pytest.raises(ValueError, match=r"url must|give token"):
        PushSink(**options)  # type: ignore[arg-type]
