"""Standard output, which may be full or closed."""

import io
import os
import sys

from ..errors import ExporterError


def set_up() -> None:
    """Write UTF-8 whatever the locale, as metrics are UTF-8."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")


def write(text: str) -> None:
    """Write a result to standard output and flush it; raises `ExporterError` if that fails."""
    if sys.__stdout__ is None:
        raise ExporterError("standard output is closed")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        _discard()
        raise ExporterError(f"standard output cannot be written: {error.strerror}") from error


def _discard() -> None:
    """Discard what is still buffered: Python would try to write it again at exit."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)
