"""Whether a response reached its client."""

import asyncio
import fcntl
import socket
import sys
import termios
import time

from aiohttp import web

_WAIT_SECONDS = 10.0
_POLL_SECONDS = 0.005


async def fully_written(request: web.Request) -> bool:
    """Return True once the whole response has left for a client that has not gone before."""
    deadline = time.monotonic() + _WAIT_SECONDS
    is_handed_over = False
    while time.monotonic() < deadline:
        transport = request.transport
        if transport is None or transport.is_closing():
            return is_handed_over
        is_handed_over = transport.get_write_buffer_size() == 0
        if is_handed_over and not _unacknowledged(transport.get_extra_info("socket")):
            return True
        await asyncio.sleep(_POLL_SECONDS)
    return False


def _unacknowledged(connection: socket.socket) -> int:
    """Return how many bytes the kernel holds that the client has not received."""
    count = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, b"\0" * 4)
    return int.from_bytes(count, sys.byteorder)
