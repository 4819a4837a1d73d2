"""Run real programs for tests: start on free ports, poll until ready, stop at the end."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from implementations import why_not_compiled

DEADLINE = 30.0

real_prometheus = [
    pytest.mark.real,
    pytest.mark.skipif(
        shutil.which("prometheus") is None and not os.environ.get("CI"),
        reason="needs prometheus on the path",
    ),
]


def wait_until(
    condition: Callable[[], Any], what: str, deadline: float = DEADLINE, every: float = 0.02
) -> Any:
    """Poll a condition; return its first true result."""
    end = time.monotonic() + deadline
    pause = threading.Event()
    while time.monotonic() < end:
        answer = condition()
        if answer:
            return answer
        pause.wait(every)
    raise AssertionError(f"not within {deadline} s: {what}")


def get(url: str, **headers: str) -> tuple[int, str]:
    """Return status and body of a GET; the status is 0 if nothing answers."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, headers=names)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except (urllib.error.URLError, ConnectionError):
        return 0, ""


def free_port() -> int:
    """Return a port that is free now, for programs that don't report which one they got."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """A started program and its log."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        """Start the program."""
        self.log = log
        with log.open("ab") as sink:
            self.process = subprocess.Popen(
                command, stdout=sink, stderr=sink, stdin=subprocess.DEVNULL
            )

    def logged(self, pattern: str) -> re.Match[str] | None:
        """Return the first match in the log."""
        if self.process.poll() is not None:
            raise AssertionError(f"ended with {self.process.returncode}: {self.log.read_text()}")
        return re.search(pattern, self.log.read_text())

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal; return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(DEADLINE)


@contextlib.contextmanager
def running(command: Sequence[str], log: Path, end: int = signal.SIGKILL) -> Iterator[Running]:
    """Run a program within a `with` statement; `end` must be catchable if it has children."""
    program = Running(command, log)
    try:
        yield program
    finally:
        program.stop(end)


def exporter_command(*arguments: str) -> list[str]:
    """Return the exporter's command line; use the compiled one if built from these sources."""
    # -P keeps the current directory off sys.path, so the installed package is imported.
    flags = [] if why_not_compiled() else ["-P"]
    return [sys.executable, *flags, "-m", "exporter", *arguments]


@contextlib.contextmanager
def exporter(
    directory: Path, *arguments: str, command: str = "run"
) -> Iterator[tuple[Running, str]]:
    """Run an exporter on a free port; yield it and its URL."""
    log = directory / "exporter.log"
    log.unlink(missing_ok=True)
    options = ("--web.listen-address=127.0.0.1:0", f"--storage.path={directory / 'state'}")
    with running(exporter_command(command, *options, *arguments), log) as program:
        match = wait_until(lambda: program.logged(r"address=(\S+)"), "exporter listens")
        yield program, f"http://{match[1]}"


class Prometheus:
    """A running Prometheus."""

    def __init__(self, url: str) -> None:
        """Use the server at `url`, which has no path."""
        self.url = url

    def query(self, expression: str, at: float | None = None) -> list[dict[str, Any]]:
        """Return the result of an instant query."""
        parameters = {"query": expression} | ({} if at is None else {"time": str(at)})
        status, body = get(f"{self.url}/api/v1/query?{urllib.parse.urlencode(parameters)}")
        if status != 200:
            return []
        result: list[dict[str, Any]] = json.loads(body)["data"]["result"]
        return result

    def value(self, expression: str, at: float | None = None) -> float | None:
        """Return the value of an expression with one sample, or None."""
        result = self.query(expression, at)
        return float(result[0]["value"][1]) if result else None


@contextlib.contextmanager
def prometheus(directory: Path, config: str, *flags: str) -> Iterator[Prometheus]:
    """Run a Prometheus with this configuration on a free port."""
    directory.mkdir(parents=True, exist_ok=True)
    path, log = directory / "prometheus.yml", directory / "prometheus.log"
    path.write_text(config)
    log.unlink(missing_ok=True)
    address = f"127.0.0.1:{free_port()}"
    command = [
        "prometheus",
        f"--config.file={path}",
        f"--storage.tsdb.path={directory / 'data'}",
        f"--web.listen-address={address}",
        *flags,
    ]
    with running(command, log) as program:
        match = wait_until(lambda: program.logged(r"address=(127\.0\.0\.1:\d+)"), "it listens")
        url = f"http://{match[1]}"
        wait_until(lambda: get(f"{url}/-/ready")[0] == 200, "prometheus is ready")
        yield Prometheus(url)
