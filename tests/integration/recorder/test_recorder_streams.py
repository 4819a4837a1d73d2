"""Streams pass through unbuffered, and the way they end decides the outcome."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import httpx2
import pytest

from recording import Lines, Warnings, answers
from recording.model_server import ModelServer
from zenmux_recorder import AsyncRecordingTransport, Clocks, FileSink, Recorder, RecordingTransport

pytest_plugins = ["recording.fixtures"]
LIBRARIES = pytest.mark.parametrize("library", [httpx, httpx2], ids=lambda one: one.__name__)
CHAT = "/api/v1/chat/completions"
MESSAGES = "/api/anthropic/v1/messages"
GEMINI = "/api/vertex-ai/v1/publishers/google/models"


def client(library: ModuleType, recorder: Recorder) -> Any:
    """A client with the recording transport."""
    return library.Client(transport=RecordingTransport(recorder))


def asked(model: str, **options: Any) -> dict[str, Any]:
    """A request's body."""
    return {"model": model, "stream": True, "messages": [], **options}


@LIBRARIES
def test_chunks_are_not_held_back(
    server: ModelServer, recorder: Recorder, lines: Lines, library: ModuleType
) -> None:
    """The client gets each event before the server sends the next."""
    with client(library, recorder) as one:
        body = asked("m/stepwise", stream_options={"include_usage": True})
        server.step.release()
        seen = []
        with one.stream("POST", server.url + CHAT, json=body) as response:
            for chunk in response.iter_raw():
                seen.append(chunk)
                server.step.release()
    (line,) = lines()
    assert seen == list(answers.chat_events(line["id"], "m/stepwise"))
    assert (line["status"], line["usage"]) == ("success", answers.CHAT_USAGE)


async def test_async_chunks_are_not_held_back(
    server: ModelServer, recorder: Recorder, lines: Lines
) -> None:
    """An async client gets each event before the server sends the next."""
    async with httpx2.AsyncClient(transport=AsyncRecordingTransport(recorder)) as one:
        server.step.release()
        seen = []
        async with one.stream("POST", server.url + MESSAGES, json=asked("m/stepwise")) as response:
            async for chunk in response.aiter_raw():
                seen.append(chunk)
                server.step.release()
    (line,) = lines()
    assert b"".join(seen) == b"".join(answers.message_events(line["id"], "m/stepwise"))
    assert line["status"] == "success"


@LIBRARIES
def test_left_early(
    server: ModelServer, recorder: Recorder, lines: Lines, library: ModuleType
) -> None:
    """A stream that the client closes early is cancelled and keeps the usage so far."""
    with client(library, recorder) as one:
        server.step.release()
        with one.stream("POST", server.url + MESSAGES, json=asked("m/stepwise")) as response:
            next(response.iter_raw())
        server.step.release(100)
    (line,) = lines()
    assert (line["status"], line["usage"]["input_tokens"]) == ("cancelled", 20)
    assert "error_type" not in line


async def test_cancelled_task(server: ModelServer, recorder: Recorder, lines: Lines) -> None:
    """Cancelling a task that waits for a chunk makes its request `cancelled`."""
    got_one = asyncio.Event()

    async def read(one: httpx2.AsyncClient) -> None:
        async with one.stream("POST", server.url + MESSAGES, json=asked("m/stepwise")) as response:
            async for _ in response.aiter_raw():
                got_one.set()

    async with httpx2.AsyncClient(transport=AsyncRecordingTransport(recorder)) as one:
        task = asyncio.create_task(read(one))
        server.step.release()
        await got_one.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    server.step.release(100)
    (line,) = lines()
    assert (line["status"], line["model"]) == ("cancelled", "m/stepwise")


@LIBRARIES
def test_left_after_its_end(
    server: ModelServer, recorder: Recorder, lines: Lines, library: ModuleType
) -> None:
    """A client that stops reading at the last event, as the SDKs do, is a success."""
    with client(library, recorder) as one:
        server.step.release(100)
        url = server.url + CHAT
        body = asked("m/stepwise", stream_options={"include_usage": True})
        with one.stream("POST", url, json=body) as response:
            for text in response.iter_lines():
                if text == "data: [DONE]":
                    break
    (line,) = lines()
    assert (line["status"], line["usage"]) == ("success", answers.CHAT_USAGE)


@LIBRARIES
def test_broken_off(
    server: ModelServer, recorder: Recorder, lines: Lines, library: ModuleType
) -> None:
    """A connection that breaks during the answer is a `remote_protocol_error`."""
    with (
        client(library, recorder) as one,
        pytest.raises(library.RemoteProtocolError),
        one.stream("POST", server.url + CHAT, json=asked("m/cut")) as response,
    ):
        response.read()
    (line,) = lines()
    assert (line["status"], line["error_type"]) == ("error", "remote_protocol_error")


@LIBRARIES
def test_error_within(
    server: ModelServer, recorder: Recorder, lines: Lines, library: ModuleType
) -> None:
    """An error event within a stream sets the error type; its message is not kept."""
    with client(library, recorder) as one:
        one.post(server.url + MESSAGES, json=asked("m/failing"))
    (line,) = lines()
    assert (line["status"], line["error_type"]) == ("error", "rate_limit")


@LIBRARIES
def test_no_server(recorder: Recorder, lines: Lines, library: ModuleType) -> None:
    """A connection error reaches the caller; its line has the requested model."""
    with client(library, recorder) as one, pytest.raises(library.ConnectError):
        one.post("http://127.0.0.1:9" + CHAT, json=asked("openai/gpt-5"))
    (line,) = lines()
    assert (line["status"], line["error_type"]) == ("error", "connect_error")
    assert (line["model"], "generation_ms" in line) == ("openai/gpt-5", False)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
@LIBRARIES
def test_encoded(
    server: ModelServer, recorder: Recorder, lines: Lines, library: ModuleType, encoding: str
) -> None:
    """An encoded answer is decoded for the line; the client gets it unchanged."""
    with client(library, recorder) as one:
        body = {"model": f"m/{encoding}", "messages": []}
        response = one.post(server.url + CHAT, json=body)
    assert response.headers["content-encoding"] == encoding
    assert response.json()["usage"] == answers.CHAT_USAGE
    (line,) = lines()
    assert line["usage"] == answers.CHAT_USAGE


def test_encoded_stream(server: ModelServer, recorder: Recorder, lines: Lines) -> None:
    """Encoded streams have usage and timings too."""
    with recorder.client() as one:
        one.post(server.url + MESSAGES, json=asked("m/gzip"))
    (line,) = lines()
    assert (line["usage"]["output_tokens"], line["streamed"]) == (50, True)


@pytest.mark.parametrize("method", ["generateContent", "streamGenerateContent?alt=sse"])
def test_gemini(server: ModelServer, recorder: Recorder, lines: Lines, method: str) -> None:
    """Gemini's model is read from the path, its usage from the last chunk."""
    with recorder.client() as one:
        one.post(f"{server.url}{GEMINI}/gemini-3-pro:{method}", json={"contents": []})
    (line,) = lines()
    assert (line["id"], line["model"]) == ("gem_1", "google/gemini-3-pro")
    assert (line["usage"], line["finish_reason"]) == (answers.GEMINI_USAGE, "STOP")


def test_other_requests(server: ModelServer, recorder: Recorder, lines: Lines) -> None:
    """Requests that call no model have no line."""
    with recorder.client() as one:
        assert one.get(server.url + "/api/v1/models").status_code == 200
    assert lines() == []


def test_stream_without_usage(
    server: ModelServer, recorder: Recorder, lines: Lines, warnings: Warnings
) -> None:
    """Streams without usage are counted, and the remedy is logged once."""
    with recorder.client() as one:
        for _ in range(2):
            one.post(server.url + CHAT, json=asked("m/plain"))
    assert ["usage" in line for line in lines()] == [False, False]
    assert recorder.counters.without_usage == 2
    (warning,) = warnings()
    assert "include_usage" in warning


class Ticking:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


class Slow(httpx2.SyncByteStream):
    """Events one second apart, in chunks of a size."""

    def __init__(self, clock: Ticking, events: list[bytes], size: int) -> None:
        """Advance the clock instead of waiting."""
        self._clock = clock
        self._events = events
        self._size = size

    def __iter__(self) -> Iterator[bytes]:
        for event in self._events:
            self._clock.now += 1
            for at in range(0, len(event), self._size):
                yield event[at : at + self._size]
            # The client takes time for each event, too.
            self._clock.now += 0.25


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_times(recorder: Recorder, path: Path, lines: Lines, size: int) -> None:
    """The first token is the first event with output, whatever the chunk size."""
    clock = Ticking()
    events = list(answers.message_events("msg_1", "m"))
    timed = Recorder(FileSink(path), clocks=Clocks(lambda: 1793491200.5, clock))

    def answer(_: httpx2.Request) -> httpx2.Response:
        clock.now += 2
        headers = {"content-type": "text/event-stream"}
        return httpx2.Response(200, headers=headers, stream=Slow(clock, events, size))

    transport = RecordingTransport(timed, httpx2.MockTransport(answer))
    with httpx2.Client(transport=transport) as one:
        one.post("http://zenmux" + MESSAGES, json={"model": "m"})
    timed.close()
    (line,) = lines()
    # The fourth of eight events is the first with text.
    assert line["latency_ms"] == 2000 + 3 * 1250 + 1000
    assert line["generation_ms"] == 4 * 1250
    assert line["timestamp"] == "2026-11-01T00:00:00.500Z"


@LIBRARIES
def test_attached(recorder: Recorder, lines: Lines, library: ModuleType) -> None:
    """An attached client keeps its proxy, and proxied requests are recorded."""
    with (
        recorder.attach(library.Client(proxy="http://127.0.0.1:9")) as one,
        pytest.raises(library.ConnectError),
    ):
        one.post("http://zenmux" + CHAT, json={"model": "openai/gpt-5"})
    assert [line["error_type"] for line in lines()] == ["connect_error"]


def test_attached_to_something_else(recorder: Recorder) -> None:
    """Objects that are not a client are refused."""
    with pytest.raises(TypeError, match="no client of httpx2 or httpx"):
        recorder.attach(object())


@LIBRARIES
def test_answers_that_were_read(recorder: Recorder, lines: Lines, library: ModuleType) -> None:
    """Answers that are already read, as mock transports return them, are recorded."""
    body = answers.chat("chatcmpl-1", "openai/gpt-5")
    mock = library.MockTransport(lambda _: library.Response(200, json=body))
    with library.Client(transport=RecordingTransport(recorder, mock)) as one:
        assert one.post("http://zenmux" + CHAT, json={"model": "m"}).json() == body
    (line,) = lines()
    assert (line["id"], line["usage"]) == ("chatcmpl-1", answers.CHAT_USAGE)
