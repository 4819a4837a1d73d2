"""The file sink: whole lines, several processes, rotation, and faults that spare requests."""

import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from places import ROOT, SUPPORT
from recording import Lines, answers
from zenmux_recorder import FileSink, Recorder, RecordingTransport, Undelivered

pytest_plugins = ["recording.fixtures"]
URL = "http://zenmux/api/v1/chat/completions"
PACKAGE = ROOT / "recorder"
FOLDER = str(Path(__file__).parent)


def client(recorder: Recorder, body: Any = None) -> httpx2.Client:
    """A client that gets this body at once."""
    given = answers.chat("", "openai/gpt-5") if body is None else body
    mock = httpx2.MockTransport(lambda _: httpx2.Response(200, json=given))
    return httpx2.Client(transport=RecordingTransport(recorder, mock))


def test_rotation(recorder: Recorder, path: Path, lines: Lines) -> None:
    """After the file is renamed or removed, lines go to a new one."""
    with client(recorder) as one:
        one.post(URL, json={})
        assert len(lines()) == 1
        path.rename(path.with_suffix(".1"))
        one.post(URL, json={})
        assert len(lines()) == 1
        path.unlink()
        one.post(URL, json={})
        assert len(lines()) == 1


def write_many(path: str, name: str) -> None:
    """Write many lines in a process of its own."""
    recorder = Recorder(FileSink(path), key_name=name)
    with client(recorder) as one:
        for _ in range(200):
            one.post(URL, json={})
    recorder.close()


def test_processes_share_a_file(path: Path) -> None:
    """Lines written by several processes are neither torn nor lost."""
    context = multiprocessing.get_context("spawn")
    started = [context.Process(target=write_many, args=(str(path), name)) for name in "abc"]
    for process in started:
        process.start()
    for process in started:
        process.join()
    found = [json.loads(line)["api_key"] for line in path.read_text().splitlines()]
    assert {name: found.count(name) for name in "abc"} == {"a": 200, "b": 200, "c": 200}


def test_fork(path: Path) -> None:
    """A forked worker writes only its own lines; the parent writes its queued ones."""
    program = f"""
import os, sys
sys.path[:0] = [{str(PACKAGE)!r}, {str(SUPPORT)!r}, {FOLDER!r}]
from test_recorder_files import URL, client
from zenmux_recorder import FileSink, Recorder
recorder = Recorder(FileSink({str(path)!r}))
with client(recorder) as one:
    one.post(URL, json={{}})
    child = os.fork()
    one.post(URL, json={{}})
    recorder.close()
    if child:
        assert os.waitpid(child, 0)[1] == 0
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True)
    found = [json.loads(line)["id"] for line in path.read_text().splitlines()]
    assert (len(found), len(set(found))) == (3, 3)


def test_written_at_exit(path: Path) -> None:
    """A script that ends without closing its recorder loses nothing."""
    program = f"""
import sys
sys.path[:0] = [{str(PACKAGE)!r}, {str(SUPPORT)!r}, {FOLDER!r}]
from test_recorder_files import URL, client
from zenmux_recorder import FileSink, Recorder
client(Recorder(FileSink({str(path)!r}))).post(URL, json={{}})
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True)
    assert len(path.read_text().splitlines()) == 1


def test_failing_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """If the file can't be written, requests still work and lines are counted as dropped."""
    recorder = Recorder(FileSink(tmp_path / "missing" / "zenmux.jsonl"))
    with client(recorder) as one:
        assert [one.post(URL, json={}).status_code for _ in range(3)] == [200] * 3
    recorder.close(timeout=0.3)
    assert (recorder.counters.written, recorder.counters.dropped) == (0, 3)
    assert "No such file or directory" in caplog.text


def test_full_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A partly written line is terminated before it is written again."""
    sink = FileSink(path)
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:5]))
    with pytest.raises(Undelivered, match="is the disk full"):
        sink.write([b'{"n":1}\n'])
    monkeypatch.undo()
    assert sink.write([b'{"n":1}\n', b'{"n":2}\n']) == 0
    sink.close()
    assert path.read_text() == '{"n":\n{"n":1}\n{"n":2}\n'


class Broken:
    """A third-party sink with a bug."""

    batch_lines = 10
    linger_seconds = 0.0

    def write(self, lines: Any) -> int:
        """Raise an unexpected exception."""
        raise ZeroDivisionError(lines)

    def close(self) -> None:
        """Do nothing."""


def test_broken_sink(caplog: pytest.LogCaptureFixture) -> None:
    """A bug in a sink drops its lines and never fails a request."""
    recorder = Recorder(Broken())
    with client(recorder) as one:
        one.post(URL, json={})
    assert recorder.flush()
    recorder.close()
    assert (recorder.counters.failures, recorder.counters.dropped) == (1, 1)
    assert "ZeroDivisionError" in caplog.text


def stream_of_rubbish() -> Iterator[bytes]:
    """Bytes that are not gzip."""
    yield b"no gzip at all"
    yield b"nor this"


def test_rubbish(recorder: Recorder, lines: Lines, caplog: pytest.LogCaptureFixture) -> None:
    """An undecodable answer has a line without usage; the client gets its bytes."""
    headers = {"content-encoding": "gzip"}
    mock = httpx2.MockTransport(
        lambda _: httpx2.Response(200, headers=headers, content=stream_of_rubbish())
    )
    with (
        httpx2.Client(transport=RecordingTransport(recorder, mock)) as one,
        one.stream("POST", URL, json={"model": "m"}) as response,
    ):
        assert list(response.iter_raw()) == list(stream_of_rubbish())
    (line,) = lines()
    assert (line["model"], line["status"], "usage" in line) == ("m", "success", False)
    assert recorder.counters.failures == 1
    assert "no gzip" not in caplog.text


def test_key_is_refused() -> None:
    """A key given as `key_name` is refused."""
    with pytest.raises(ValueError, match="not the key"):
        Recorder(Broken(), key_name="sk-ai-v1-0123")
