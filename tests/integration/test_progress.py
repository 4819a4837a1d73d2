"""Progress lines, size estimates, confirmation, and one-line errors for failing output."""

import logging
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from backfilling import config_of, log_of
from exporter.backfill import Wanted, backfill, space
from exporter.errors import ExporterError
from exporter.pipeline.backlog import Backlog
from exporter.progress import TELL_SECONDS, ProgressLines, progress, size_of
from exporter.sources import FileStatus
from programs import exporter_command
from reporting import LINES
from tools.free_port import taken
from tools.run import main as make_run

NOW = 1_795_000_000


def told(records: list[logging.LogRecord]) -> list[tuple[str, dict[str, object]]]:
    """Return the logged events and their fields."""
    return [(record.getMessage(), record.fields) for record in records]  # type: ignore[attr-defined]


@pytest.fixture
def clock() -> Callable[[], float]:
    """A clock that advances by two seconds at each call."""
    ticks: Iterator[int] = count(0, 2)
    return lambda: float(next(ticks))


def test_lines_every_few_seconds(
    clock: Callable[[], float], caplog: pytest.LogCaptureFixture
) -> None:
    """Progress is logged every five seconds, with the amount done and the total."""
    caplog.set_level("INFO")
    lines = ProgressLines("reading", "B", 100, clock)
    for _ in range(6):
        lines.advance(10)
    assert TELL_SECONDS == 5
    assert told(caplog.records) == [
        ("reading", {"done": 30, "of": 100, "unit": "B", "seconds": 6}),
        ("reading", {"done": 60, "of": 100, "unit": "B", "seconds": 12}),
    ]


def test_short_work_is_silent(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Short work shows neither a bar nor a line."""
    with progress("reading", "B", None) as advance:
        advance(5)
    assert (caplog.records, capfd.readouterr().err) == ([], "")


def test_sizes(tmp_path: Path) -> None:
    """The total size is known only if all inputs are files."""
    (tmp_path / "a").write_text("abc")
    assert size_of([str(tmp_path / "a")] * 2) == 6
    assert size_of([str(tmp_path / "a"), "-"]) is None


def status(lag: int) -> FileStatus:
    """Return the status of a file with a lag in bytes."""
    return FileStatus("s", "a.jsonl", 0, lag, 0.0, "")


def test_a_backlog_is_told_until_it_is_read(
    clock: Callable[[], float], caplog: pytest.LogCaptureFixture
) -> None:
    """A backlog is logged only until it is read; a later one starts with a new interval."""
    caplog.set_level("INFO")
    backlog = Backlog(clock)
    for lines in range(1, 4):
        backlog.look([status(7), status(0), status(5)], lines, is_read=False)
    for _ in range(9):
        backlog.look([], 3, is_read=True)
    backlog.look([status(1)], 4, is_read=False)
    left = {"files_left": 2, "bytes_left": 12}
    assert told(caplog.records) == [("reading a backlog", {"lines": 3, "seconds": 6, **left})]


def test_the_size_of_text_is_known_before(tmp_path: Path) -> None:
    """The size estimate is close, excludes recorded series, and is passed once before writing."""
    log = log_of(tmp_path, [line.replace("2026-11-2", "2026-11-1") for line in LINES])
    asked: list[tuple[Path, int]] = []
    out = tmp_path / "out"
    wanted = Wanted(out, {"job": "zenmux", "instance": "127.0.0.1:10464"}, step=60, as_text=True)
    backfill(config_of(tmp_path, log), wanted, lambda: NOW, lambda *said: asked.append(said))
    ((folder, size),) = asked
    text = "".join(path.read_text() for path in out.glob("*.om"))
    own = sum(len(line) + 1 for line in text.splitlines() if line.startswith("zenmux_"))
    assert folder == out
    assert 0.8 * own < size < 1.25 * own


GB = 10**9


@pytest.mark.parametrize(
    ("size", "free", "says"),
    [
        (2 * GB, 100 * GB, "the text takes 2.0 GB or more, 100.0 GB are free. Agree with --yes"),
        (600 * 10**6, GB, "600.0 MB or more, 1.0 GB are free. Agree with --yes"),
        (2 * GB, GB, "2.0 GB or more, 1.0 GB are free. Make blocks, give a later"),
        (11, 10, "11 bytes or more, 10 bytes are free. Make blocks, give a later"),
    ],
)
def test_much_text_needs_a_yes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, free: int, says: str
) -> None:
    """Without a terminal a large output is an error with a remedy."""
    usage = shutil.disk_usage(tmp_path)._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(ExporterError) as caught:
        space.approve(tmp_path, size)
    assert says in str(caught.value)
    space.approve(tmp_path, min(size, free) // 4)


def made(tmp_path: Path, *arguments: str, answer: str | None = None) -> tuple[int, str]:
    """Run a large backfill, on a terminal if `answer` is given; return code and messages."""
    log = log_of(tmp_path, [f'{{"timestamp":1600000000,"model":"m{n}"}}' for n in range(300)])
    command = exporter_command(
        "backfill", str(log), f"--out={tmp_path}/out", "--format=openmetrics", *arguments
    )
    if answer is None:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr
    controller, terminal = os.openpty()
    with subprocess.Popen(command, stdin=terminal, stdout=subprocess.PIPE, stderr=terminal) as run:
        os.close(terminal)
        shown = b""
        try:
            while chunk := os.read(controller, 1 << 12):
                shown += chunk
                if b"[y/N] " in chunk:
                    os.write(controller, f"{answer}\n".encode())
        except OSError:
            pass  # the terminal was closed
    os.close(controller)
    return run.returncode, shown.decode()


def test_the_command_asks(tmp_path: Path) -> None:
    """Without a terminal the command refuses; on one it asks, and `n` leaves no files."""
    code, said = made(tmp_path, "--step=15", "--start=2025-11-20T00:00:00Z")
    assert code == 1
    assert "the text takes" in said
    assert said.count("\n") == 1
    code, said = made(tmp_path, "--step=15", "--start=2025-11-20T00:00:00Z", answer="n")
    assert code == 1
    assert "Write it? [y/N]" in said or "Make blocks, give a later" in said
    assert list((tmp_path / "out").iterdir()) == []


COMMANDS = [("once",), ("report",), ("report", "--format=csv"), ("try",)]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("output", ["full", "closed", "none"])
def test_an_output_that_takes_nothing(
    tmp_path: Path, command: tuple[str, ...], output: str
) -> None:
    """A full, closed or missing standard output is a one-line error with exit code 1."""
    log = log_of(tmp_path, LINES)
    redirection = {"full": ">/dev/full", "closed": ">&3", "none": ">&-"}[output]
    reader, writer = os.pipe()
    os.close(reader)
    line = f'exec 3>&{writer}; exec "$@" {redirection}'
    words = ["bash", "-c", line, "sh", *exporter_command(*command, str(log))]
    done = subprocess.run(words, stderr=subprocess.PIPE, text=True, check=False, pass_fds=[writer])
    os.close(writer)
    assert done.returncode == 1
    assert done.stderr.startswith("zenmux-exporter: standard output ")
    assert done.stderr.count("\n") == 1


def test_a_busy_port_is_told_before() -> None:
    """A port in use is reported with a remedy, a free one is not."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        said = taken(str(port))
        assert f"port {port} is in use" in said
        assert f"make run PORT={port + 1}" in said
    assert taken(str(port)) == ""
    assert [text for text in ("x", "99999", "") if not taken(text)] == []


def test_make_run_looks_before_it_makes_history(tmp_path: Path) -> None:
    """`make run` checks the port before it backfills."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        history = tmp_path / "history"
        with pytest.raises(SystemExit, match="is in use"):
            make_run([f"--port={port}", f"--history={history}", str(tmp_path)])
    assert not history.exists()
