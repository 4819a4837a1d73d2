"""Check the health of this container's exporter: `python -m exporter.probe [PATH]`.

An image needs no other HTTP client for it, and users and TLS need no further settings.
"""

import os
import ssl
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPSConnection

_TIMEOUT = 4.0
# 401: the server asks for a user, so it is up.
_GOOD = (200, 401)
_LOOPBACK = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - read, not bound


def main(arguments: Sequence[str]) -> int:
    """Return 0 if the exporter answers the path with a good status, else 1."""
    path = arguments[0] if arguments else "/-/healthy"
    address = os.environ.get("ZENMUX_EXPORTER_WEB_LISTEN_ADDRESS") or ":10464"
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    ways: list[Callable[..., HTTPConnection]] = [
        HTTPConnection,
        partial(HTTPSConnection, context=_anybody()),
    ]
    if os.environ.get("ZENMUX_EXPORTER_WEB_CONFIG_FILE"):
        ways.reverse()  # TLS is likely: a plain request would be counted as refused
    for connect in ways:
        try:
            with closing(connect(_LOOPBACK.get(host, host), int(port), timeout=_TIMEOUT)) as link:
                link.request("GET", path)
                with link.getresponse() as answer:
                    return 0 if answer.status in _GOOD else 1
        except (OSError, HTTPException):
            continue
    return 1


def _anybody() -> ssl.SSLContext:
    """Accept any certificate: it is this container's own, issued for the name that clients use."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
