"""Secrets in files or the environment."""

import os
import stat
from pathlib import Path

from ..errors import ConfigError

_LEAST_BYTES = 16
_MOST_BYTES = 4096


def from_environment(name: str, place: str) -> bytes:
    """Return the secret in an environment variable; raises `ConfigError`, which names the place."""
    return _checked(os.environ.get(name, "").encode(errors="replace"), f"{place}: {name}")


def from_file(path: Path) -> bytes:
    """Return the secret in a file; raises `ConfigError`."""
    try:
        # Without waiting: a pipe in its place would hold up the start until somebody writes to it.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ConfigError([f"{path}: must be a file, no pipe or device"])
            return _checked(file.read(_MOST_BYTES), str(path))
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from error


def _checked(content: bytes, place: str) -> bytes:
    key = content.strip()
    if len(key) < _LEAST_BYTES:
        raise ConfigError([f"{place}: must hold a secret of at least {_LEAST_BYTES} characters"])
    return key
