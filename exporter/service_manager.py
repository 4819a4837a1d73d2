"""Notify the service manager of the process's state, by systemd's sd_notify protocol.

Datagrams of `NAME=value` lines go to the socket that the environment names; without one nothing
is sent.
"""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping

from .logs import get

_LOOK_SECONDS = 0.25
# Sent while existing content is counted, so that a long start does not time out.
_EXTENSION = str(60_000_000)

log = get(__name__)


class ServiceManager:
    """The listener at `NOTIFY_SOCKET`, if there is one."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Read the socket's address and the watchdog's period."""
        address = environ.get("NOTIFY_SOCKET", "")
        # A leading @ stands for the NUL of an abstract address.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        is_meant = environ.get("WATCHDOG_PID", "") in {"", str(os.getpid())}
        period = environ.get("WATCHDOG_USEC", "") if is_meant else ""
        # Twice in its period, as sd_watchdog_enabled(3) advises.
        self._watchdog_seconds = int(period) / 2e6 if period.isdecimal() else 0.0
        self._status = ""

    async def attend(self, unready: Callable[[], str], serving: str) -> None:
        """Report ready once the totals are complete, then ping the watchdog if there is one.

        `unready` returns why the totals are not complete, `serving` is the status once they are.
        """
        if not self._address:
            return
        while reason := unready():
            self._tell(STATUS=reason, EXTEND_TIMEOUT_USEC=_EXTENSION)
            await asyncio.sleep(_LOOK_SECONDS)
        self._status = serving
        self._tell(READY="1", STATUS=serving)
        while self._watchdog_seconds:
            self._tell(WATCHDOG="1")
            await asyncio.sleep(self._watchdog_seconds)

    @contextlib.contextmanager
    def reloading(self) -> Iterator[None]:
        """Report the start and the end of a reload, if the process was ready before."""
        if self._status:
            # The time lets systemd match this with its reload request (Type=notify-reload).
            self._tell(RELOADING="1", MONOTONIC_USEC=str(time.monotonic_ns() // 1000))
        try:
            yield
        finally:
            if self._status:
                self._tell(READY="1", STATUS=self._status)

    def stopping(self) -> None:
        """Report that the process is stopping."""
        self._tell(STOPPING="1", STATUS="stopping")

    def _tell(self, **state: str) -> None:
        if not self._address:
            return
        text = "\n".join(f"{name}={value}" for name, value in state.items())
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
                link.setblocking(False)
                link.sendto(text.encode(), self._address)
        except OSError as error:
            log.warning("the service manager could not be notified", error=error)
