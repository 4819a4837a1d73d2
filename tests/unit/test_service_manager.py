"""Notifications to the service manager, over a real socket."""

import asyncio
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.service_manager import ServiceManager

READY = {"READY": "1", "STATUS": "serving"}


class Listener:
    """A service manager's socket."""

    def __init__(self, address: str) -> None:
        """Bind to an address, in the form that `bind` takes."""
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.setblocking(False)

    def told(self) -> list[dict[str, str]]:
        """Return the notifications since the last call."""
        found: list[dict[str, str]] = []
        while True:
            try:
                rows = self.socket.recv(4096).decode().split("\n")
            except BlockingIOError:
                return found
            found.append(dict(row.split("=", 1) for row in rows))


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    """A listener on a path."""
    listener = Listener(str(tmp_path / "notify"))
    yield listener
    listener.socket.close()


@pytest.fixture
def manager(listener: Listener) -> ServiceManager:
    """A manager without a watchdog."""
    return ServiceManager({"NOTIFY_SOCKET": listener.socket.getsockname()})


async def test_ready_once_the_totals_are_complete(
    listener: Listener, manager: ServiceManager
) -> None:
    """Until ready, the reason is reported and the timeout extended."""
    reasons = ["counting", "counting", ""]

    await manager.attend(lambda: reasons.pop(0), "serving")

    waiting = {"STATUS": "counting", "EXTEND_TIMEOUT_USEC": "60000000"}
    assert listener.told() == [waiting, waiting, READY]


async def test_a_reload(listener: Listener, manager: ServiceManager) -> None:
    """A reload is reported with its monotonic time, then as ready again."""
    with manager.reloading():
        assert listener.told() == []  # not ready: systemd would take this for the end of startup
    assert listener.told() == []

    await manager.attend(lambda: "", "serving")
    listener.told()
    with manager.reloading():
        (begun,) = listener.told()
    assert begun["RELOADING"] == "1"
    assert re.fullmatch(r"\d+", begun["MONOTONIC_USEC"])
    assert listener.told() == [READY]


async def test_a_reload_that_crashes(listener: Listener, manager: ServiceManager) -> None:
    """A reload that raises is reported as ready again, because the process keeps running."""
    await manager.attend(lambda: "", "serving")
    with pytest.raises(ZeroDivisionError), manager.reloading():
        raise ZeroDivisionError
    ready, begun, ended = listener.told()
    assert (ready, begun["RELOADING"], ended) == (READY, "1", READY)


async def test_the_watchdog(listener: Listener) -> None:
    """The event loop notifies the watchdog twice per period."""
    environ = {
        "NOTIFY_SOCKET": listener.socket.getsockname(),
        "WATCHDOG_USEC": "20000",
        "WATCHDOG_PID": str(os.getpid()),
    }
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(ServiceManager(environ).attend(lambda: "", "serving"), 0.1)

    ready, *beats = listener.told()
    assert ready == READY
    assert len(beats) > 1
    assert all(beat == {"WATCHDOG": "1"} for beat in beats)


@pytest.mark.parametrize(
    "watchdog",
    [{}, {"WATCHDOG_USEC": "20000", "WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "soon"}],
)
async def test_no_watchdog(listener: Listener, watchdog: dict[str, str]) -> None:
    """No watchdog, one for another process, or an invalid period: nothing is sent."""
    environ = {"NOTIFY_SOCKET": listener.socket.getsockname(), **watchdog}
    await ServiceManager(environ).attend(lambda: "", "serving")

    assert listener.told() == [READY]


def test_an_abstract_address() -> None:
    """A leading @ means the NUL byte of an abstract address."""
    name = f"zenmux-exporter-test-{os.getpid()}"
    listener = Listener(f"\0{name}")
    ServiceManager({"NOTIFY_SOCKET": f"@{name}"}).stopping()

    assert listener.told() == [{"STOPPING": "1", "STATUS": "stopping"}]
    listener.socket.close()


async def test_nobody_listens(tmp_path: Path, told: list[dict[str, object]]) -> None:
    """Without a manager `attend` returns at once; a missing socket is only a warning."""
    await ServiceManager({}).attend(lambda: "never asked", "serving")
    assert told == []

    await ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "gone")}).attend(lambda: "", "serving")
    assert [row["msg"] for row in told] == ["the service manager could not be notified"]
