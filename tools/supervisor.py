"""Supervise child processes: start them in order, wait until ready, watch, stop all."""

import http.client
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

POLL = 0.2
GRACE = 5.0
TAIL_LINES = 15


class StackError(Exception):
    """A failure to report to the user; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Service:
    """A program to run, and the local HTTP endpoint that returns 200 once it is ready."""

    name: str
    command: Sequence[str]
    port: int
    ready_path: str
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Return the URL to open in a browser."""
        return f"http://127.0.0.1:{self.port}"


class Supervisor:
    """Run services until `stop` is set, which a signal handler may do at any time."""

    def __init__(self, log_folder: Path, say: Callable[[str], None]) -> None:
        """Log each service's output to a file in `log_folder`; print progress with `say`."""
        self.stop = threading.Event()
        self._log_folder = log_folder
        self._say = say
        self._running: list[tuple[Service, subprocess.Popen[bytes]]] = []

    @property
    def names(self) -> list[str]:
        """Return the names of the started services, in start order."""
        return [service.name for service, _ in self._running]

    def start(self, service: Service, timeout: float) -> None:
        """Start a service and wait until it is ready or `stop` is set."""
        self._log_folder.mkdir(parents=True, exist_ok=True)
        self._running.append((service, self._launch(service)))
        self._wait_ready(service, timeout)

    def run(self, name: str, command: Sequence[str]) -> bool:
        """Run a program in the foreground until it exits; return True if it succeeded.

        Its output goes to the terminal. It is terminated when `stop` is set.
        """
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        except OSError as error:
            raise StackError(f"{name} cannot be started: {error}") from error
        try:
            while process.poll() is None and not self.stop.wait(POLL):
                self._check()
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
        return process.returncode == 0

    def watch(self) -> None:
        """Block until `stop` is set; raise StackError if a child exits on its own."""
        while not self.stop.wait(POLL):
            self._check()

    def close(self) -> None:
        """Terminate all children in reverse start order; kill those still alive after GRACE."""
        for _, process in reversed(self._running):
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + GRACE
        for _, process in reversed(self._running):
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _launch(self, service: Service) -> subprocess.Popen[bytes]:
        with self._log(service).open("wb") as log:
            try:
                return subprocess.Popen(
                    service.command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, **service.environment},
                    # A new session, so Ctrl-C reaches only this process, which stops the others.
                    start_new_session=True,
                )
            except OSError as error:
                raise StackError(f"{service.name} cannot be started: {error}") from error

    def _wait_ready(self, service: Service, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while not is_ready(service.port, service.ready_path):
            self._check()
            if time.monotonic() > deadline:
                raise StackError(
                    f"{service.name} is not ready after {timeout:g} s{self._tail(service)}"
                )
            if self.stop.wait(POLL):
                return
        # A foreign program on the port may have answered while the child failed to bind.
        self._check()
        self._say(f"{service.name:<10} {service.url}")

    def _check(self) -> None:
        for service, process in self._running:
            code = process.poll()
            if code is not None:
                raise StackError(
                    f"{service.name} ended ({_exit_reason(code)}){self._tail(service)}"
                )

    def _log(self, service: Service) -> Path:
        return self._log_folder / f"{service.name}.log"

    def _tail(self, service: Service) -> str:
        path = self._log(service)
        lines = path.read_text(errors="replace").splitlines()[-TAIL_LINES:]
        return "".join(f"\n    {line}" for line in [f"last lines of {path}:", *lines])


def is_ready(port: int, path: str) -> bool:
    """Return True if a local server returns 200. Ignores proxy settings, unlike urlopen."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        link.request("GET", path)
        return link.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()


def _exit_reason(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
