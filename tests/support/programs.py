"""Real programs for tests: started on free ports, waited for by asking, stopped at the end."""

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
    """The first true answer of a condition that is asked again and again."""
    end = time.monotonic() + deadline
    pause = threading.Event()
    while time.monotonic() < end:
        answer = condition()
        if answer:
            return answer
        pause.wait(every)
    raise AssertionError(f"not within {deadline} s: {what}")


def get(url: str, **headers: str) -> tuple[int, str]:
    """Status and body of a GET; status 0 where nobody answers."""
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
    """A port that nobody listens on now; for programs that don't tell which one they got."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """A started program with what it logged so far."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        """Starts at once."""
        self.log = log
        with log.open("ab") as sink:
            self.process = subprocess.Popen(
                command, stdout=sink, stderr=sink, stdin=subprocess.DEVNULL
            )

    def logged(self, pattern: str) -> re.Match[str] | None:
        """The first match in what it logged."""
        if self.process.poll() is not None:
            raise AssertionError(f"ended with {self.process.returncode}: {self.log.read_text()}")
        return re.search(pattern, self.log.read_text())

    def stop(self, number: int = signal.SIGTERM) -> int:
        """The exit code after a signal."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(DEADLINE)


@contextlib.contextmanager
def running(command: Sequence[str], log: Path, end: int = signal.SIGKILL) -> Iterator[Running]:
    """A program that ends with the block; one with children needs a signal that it can catch."""
    program = Running(command, log)
    try:
        yield program
    finally:
        program.stop(end)


def exporter_command(*arguments: str) -> list[str]:
    """The exporter with arguments: the installed, compiled one if it is made of these sources."""
    # With -P the sources below this directory are not found first.
    flags = [] if why_not_compiled() else ["-P"]
    return [sys.executable, *flags, "-m", "exporter", *arguments]


@contextlib.contextmanager
def exporter(
    directory: Path, *arguments: str, command: str = "run"
) -> Iterator[tuple[Running, str]]:
    """A running exporter on a free port, and its URL."""
    log = directory / "exporter.log"
    log.unlink(missing_ok=True)
    options = ("--web.listen-address=127.0.0.1:0", f"--storage.path={directory / 'state'}")
    with running(exporter_command(command, *options, *arguments), log) as program:
        match = wait_until(lambda: program.logged(r"address=(\S+)"), "exporter listens")
        yield program, f"http://{match[1]}"


class Prometheus:
    """A running Prometheus."""

    def __init__(self, url: str) -> None:
        """`url` without a path."""
        self.url = url

    def query(self, expression: str, at: float | None = None) -> list[dict[str, Any]]:
        """The result of an instant query."""
        parameters = {"query": expression} | ({} if at is None else {"time": str(at)})
        status, body = get(f"{self.url}/api/v1/query?{urllib.parse.urlencode(parameters)}")
        if status != 200:
            return []
        result: list[dict[str, Any]] = json.loads(body)["data"]["result"]
        return result

    def value(self, expression: str, at: float | None = None) -> float | None:
        """The value of an expression with one sample, None where it has none."""
        result = self.query(expression, at)
        return float(result[0]["value"][1]) if result else None


@contextlib.contextmanager
def prometheus(directory: Path, config: str, *flags: str) -> Iterator[Prometheus]:
    """A Prometheus with this configuration on a free port."""
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
