"""Child processes: started one after the other, waited for, watched, and stopped together."""

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
    """Something the person at the terminal has to know; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Service:
    """A program to run, and the local address that answers 200 once it is ready."""

    name: str
    command: Sequence[str]
    port: int
    ready_path: str
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Return the address to open in a browser."""
        return f"http://127.0.0.1:{self.port}"


class Stack:
    """The running services; `stop` may be set from a signal handler at any time."""

    def __init__(self, log_folder: Path, say: Callable[[str], None]) -> None:
        """Keep each service's output in the folder; `say` tells the person at the terminal."""
        self.stop = threading.Event()
        self._log_folder = log_folder
        self._say = say
        self._running: list[tuple[Service, subprocess.Popen[bytes]]] = []

    @property
    def names(self) -> list[str]:
        """Return what runs, in the order it was started."""
        return [service.name for service, _ in self._running]

    def start(self, service: Service, timeout: float) -> None:
        """Start a service and wait until it is ready, a fault, or the wish to stop."""
        self._log_folder.mkdir(parents=True, exist_ok=True)
        self._running.append((service, self._launch(service)))
        self._wait_ready(service, timeout)

    def run(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> bool:
        """Run a program to its end in the terminal, where it shows progress; whether it succeeded.

        The wish to stop ends it too.
        """
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **environment},
                start_new_session=True,
            )
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
        """Return when told to stop; a child that ends by itself is an error."""
        while not self.stop.wait(POLL):
            self._check()

    def close(self) -> None:
        """Stop every child, the last one started first, by force after a few seconds."""
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
                    # Ctrl-C reaches this process only, which then stops the children in order.
                    start_new_session=True,
                )
            except OSError as error:
                raise StackError(f"{service.name} cannot be started: {error}") from error

    def _wait_ready(self, service: Service, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while not answers(service.port, service.ready_path):
            self._check()
            if time.monotonic() > deadline:
                raise StackError(
                    f"{service.name} is not ready after {timeout:g} s{self._tail(service)}"
                )
            if self.stop.wait(POLL):
                return
        # Another program on the same port could have answered for a child that failed to bind.
        self._check()
        self._say(f"{service.name:<10} {service.url}")

    def _check(self) -> None:
        for service, process in self._running:
            code = process.poll()
            if code is not None:
                raise StackError(f"{service.name} ended ({_ending(code)}){self._tail(service)}")

    def _log(self, service: Service) -> Path:
        return self._log_folder / f"{service.name}.log"

    def _tail(self, service: Service) -> str:
        path = self._log(service)
        lines = path.read_text(errors="replace").splitlines()[-TAIL_LINES:]
        return "".join(f"\n    {line}" for line in [f"last lines of {path}:", *lines])


def answers(port: int, path: str) -> bool:
    """Tell whether a local server answers 200; never through a configured proxy."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        link.request("GET", path)
        return link.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
