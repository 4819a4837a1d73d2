"""Classify the exceptions of requests."""

import asyncio
import re
import ssl
from typing import Final

# `ReadTimeout` is `read_timeout`.
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# Exceptions raised in a client that is cancelled while it waits for an answer.
_CANCELLATIONS: Final = (asyncio.CancelledError, GeneratorExit, KeyboardInterrupt, SystemExit)
# trio's exception, by name, because trio need not be installed.
_CANCELLED_BY_NAME: Final = "Cancelled"


def is_cancellation(error: BaseException) -> bool:
    """Return True if the client itself cancelled the request."""
    return isinstance(error, _CANCELLATIONS) or type(error).__name__ == _CANCELLED_BY_NAME


def type_of(error: BaseException) -> str:
    """Return the type of an error, such as `connect_error`, `read_timeout` or `ssl_error`."""
    if isinstance(error, ssl.SSLError):
        return "ssl_error"
    return _HUMP.sub("_", type(error).__name__).lower()
