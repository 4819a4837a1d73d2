"""Tell what kind of failure an exception of a request is."""

import asyncio
import re
import ssl
from typing import Final

# `ReadTimeout` is `read_timeout`.
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# What a client raises in its own code while it waits for an answer: it went away.
_CANCELLATIONS: Final = (asyncio.CancelledError, GeneratorExit, KeyboardInterrupt, SystemExit)
# Of trio, which need not be installed.
_CANCELLED_BY_NAME: Final = "Cancelled"


def is_cancellation(error: BaseException) -> bool:
    """Return True if the client gave the request up itself."""
    return isinstance(error, _CANCELLATIONS) or type(error).__name__ == _CANCELLED_BY_NAME


def type_of(error: BaseException) -> str:
    """Return the type of a failed connection: `connect_error`, `read_timeout`, `ssl_error`."""
    if isinstance(error, ssl.SSLError):
        return "ssl_error"
    return _HUMP.sub("_", type(error).__name__).lower()
