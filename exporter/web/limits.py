"""Limits on clients: sizes, time-outs and concurrency."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# Responses of these paths take memory or the ledger's thread.
_AT_ONCE: Mapping[str, int] = {
    "/metrics": 256,
    "/": 16,
    "/requests/{id}": 8,
    "/api/v1/state": 8,
    "/api/v1/compensations": 16,
    "/api/v1/records": 256,
    "/v1/traces": 256,
    "/v1/logs": 256,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits; tests set lower ones."""

    # Connections; the one that has waited longest for a request is closed to accept a new one.
    connections: int = 1024
    # Seconds for a TLS handshake; for a request's head from its first byte (or the connection's
    # beginning) to its end; between two requests; for a whole request.
    handshake_seconds: float = 5.0
    head_seconds: float = 5.0
    idle_seconds: float = 120.0
    request_seconds: float = 150.0
    # Bytes of a request's line, of a header, of both together.
    line_bytes: int = 8190
    head_bytes: int = 32 << 10
    # Seconds in which a client must send more of a body, and all of it.
    body_stall_seconds: float = 10.0
    body_seconds: float = 60.0
    # Seconds in which a client must take the next 64 KiB of a response, and all of it.
    stall_seconds: float = 5.0
    response_seconds: float = 120.0
    # Bytes of different renderings that wait for clients: compressed ones, others, states. Seconds
    # without progress after which a response is dropped if there is no room for another, and
    # seconds for which that other one waits.
    waiting_bytes: int = 128 << 20
    pressed_seconds: float = 0.5
    room_seconds: float = 2.0
    # Requests that are answered at the same time, by path.
    at_once: Mapping[str, int] = field(default_factory=lambda: _AT_ONCE)
    # Password checks that run or wait, and those of one client's address.
    password_checks: int = 16
    password_checks_of_client: int = 4
