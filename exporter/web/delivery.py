"""Write responses in parts, as fast as clients read, and drop the ones that stall.

Responses share parts. The parts that wait for slow clients have a common limit.
"""

import asyncio
import fcntl
import socket
import sys
import termios
import time
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from ..metrics.body import Body
from .connection import Connection, Connections

_PART_BYTES = 64 << 10
_WAIT_SECONDS = 10.0
_POLL_SECONDS = 0.005
_LOOK_SECONDS = 0.05


class NoRoom(Exception):
    """Too many bytes wait for slow clients."""


@dataclass(eq=False, slots=True)
class _Delivery:
    """A response that is being written."""

    connection: Connection
    body: Body
    pool: Hashable
    progress: float = field(default_factory=time.monotonic)


class Deliveries:
    """The responses that are being written."""

    def __init__(self, connections: Connections) -> None:
        """Start empty."""
        self._connections = connections
        self._limits = connections.limits
        self._open: dict[_Delivery, None] = {}

    async def send(
        self,
        request: web.Request,
        headers: Mapping[str, str],
        body: Body,
        end: bytes,
        pool: Hashable,
    ) -> tuple[web.StreamResponse, bool]:
        """Write a response; returns it, and True if the client read all of it in time.

        `pool`: the responses with which it shares a limit.
        """
        connection = request.protocol
        assert isinstance(connection, Connection)
        response = web.StreamResponse(headers=headers)
        response.content_length = body.size + len(end)
        delivery = _Delivery(connection, body, pool)
        self._open[delivery] = None
        try:
            async with asyncio.timeout(self._limits.response_seconds):
                await response.prepare(request)
                if request.method != "HEAD":
                    await self._write(response, (*body.parts, end), delivery)
                await response.write_eof()
        except TimeoutError:
            self._give_up(delivery)
            return response, False
        finally:
            self._open.pop(delivery, None)
        return response, True

    async def make_room(self, size: int, pool: Hashable) -> None:
        """Wait until a body of this size may be made; raises `NoRoom`.

        If bodies of other states take the room, the response that has stalled longest is dropped
        first.
        """
        deadline = time.monotonic() + self._limits.room_seconds
        while taken := self._taken(pool):
            if sum(body.size for body in taken.values()) + size <= self._limits.waiting_bytes:
                return
            now = time.monotonic()
            slowest = min(self._in(pool), key=lambda one: one.progress)
            if now - slowest.progress >= self._limits.pressed_seconds:
                self._give_up(slowest)
            elif now >= deadline:
                raise NoRoom
            else:
                await asyncio.sleep(_LOOK_SECONDS)

    def _in(self, pool: Hashable) -> Iterator[_Delivery]:
        return (one for one in self._open if one.pool == pool)

    def _taken(self, pool: Hashable) -> dict[int, Body]:
        """Return the distinct bodies that are being sent."""
        return {id(one.body): one.body for one in self._in(pool)}

    def _give_up(self, delivery: _Delivery) -> None:
        self._open.pop(delivery, None)
        self._connections.count_refused("slow_reader")
        delivery.connection.drop()

    async def _write(
        self, response: web.StreamResponse, parts: Sequence[bytes], delivery: _Delivery
    ) -> None:
        for part in parts:
            view = memoryview(part)
            for first in range(0, len(view), _PART_BYTES):
                async with asyncio.timeout(self._limits.stall_seconds):
                    await response.write(view[first : first + _PART_BYTES])
                delivery.progress = time.monotonic()
                # Yield to other tasks, which a fast client would keep waiting.
                await asyncio.sleep(0)


async def fully_written(request: web.Request) -> bool:
    """Return True once the whole response is sent; False if the client left before, or is slow."""
    connection = request.protocol
    assert isinstance(connection, Connection)
    deadline = time.monotonic() + _WAIT_SECONDS
    is_handed_over = False
    while time.monotonic() < deadline:
        transport = request.transport
        if transport is None or transport.is_closing():
            return is_handed_over
        is_handed_over = connection.unsent == 0
        if is_handed_over and not _unacknowledged(transport.get_extra_info("socket")):
            return True
        await asyncio.sleep(_POLL_SECONDS)
    return False


def _unacknowledged(connection: socket.socket) -> int:
    """Return the number of bytes in the kernel that the client has not acknowledged."""
    count = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, b"\0" * 4)
    return int.from_bytes(count, sys.byteorder)
