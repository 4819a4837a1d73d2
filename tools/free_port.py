"""Say before a start that its port is taken, and what to do (`make run`)."""

import socket
import sys
from collections.abc import Sequence


def is_free(port: int) -> bool:
    """Return True if a server can listen on the port of this machine."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def main(arguments: Sequence[str]) -> int:
    """Return 1, and tell so, if the port is taken."""
    (text,) = arguments
    port = int(text) if text.isdecimal() and len(text) <= 5 else -1
    if not 0 <= port <= 65_535:
        sys.stderr.write(f"PORT={text}: must be a number from 0 to 65535\n")
        return 1
    if is_free(port):
        return 0
    sys.stderr.write(
        f"port {port} is taken, perhaps by an exporter that runs already: stop it "
        f"(`ss -ltnp sport = :{port}` names it), or choose another port: make run PORT={port + 1}\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
