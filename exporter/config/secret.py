"""Secrets in files or the environment."""

import os
from pathlib import Path

from ..errors import ConfigError
from .file_text import read_regular

_LEAST_BYTES = 16
_MOST_BYTES = 4096


def from_environment(name: str, place: str) -> bytes:
    """Return the secret in an environment variable; raises `ConfigError`, which names the place."""
    return _checked(os.environ.get(name, "").encode(errors="replace"), f"{place}: {name}")


def from_file(path: Path) -> bytes:
    """Return the secret in a file; raises `ConfigError`."""
    try:
        return _checked(read_regular(path, _MOST_BYTES), str(path))
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from error


def _checked(content: bytes, place: str) -> bytes:
    key = content.strip()
    if len(key) < _LEAST_BYTES:
        raise ConfigError([f"{place}: must hold a secret of at least {_LEAST_BYTES} characters"])
    return key
