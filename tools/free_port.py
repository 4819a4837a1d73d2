"""Check before a start whether its port is in use, and say what to do."""

import socket


def is_free(port: int) -> bool:
    """Return True if a server can listen on this local port."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def taken(text: str) -> str:
    """Return why `make run` can't listen on a port; empty if it can."""
    port = int(text) if text.isdecimal() and len(text) <= 5 else -1
    if not 0 <= port <= 65_535:
        return f"PORT={text}: must be a number from 0 to 65535"
    if is_free(port):
        return ""
    return (
        f"port {port} is in use, perhaps by another exporter: stop it "
        f"(`ss -ltnp sport = :{port}` shows it), or choose another port: make run PORT={port + 1}"
    )
