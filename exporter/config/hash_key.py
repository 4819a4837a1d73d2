"""The secret of the keyed hashes: from a file or the environment, or created beside the ledger."""

import contextlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from ..errors import ConfigError
from ..secret import LONG, SecretPlace
from .model import Config, LabelRule

FILE = "hash.key"
_MAKING = "run"  # the one command that keeps state
_NEEDING = ("reconcile", "backfill")  # their hashes must equal those of `run`
_BYTES = 32


def is_needed(labels: Mapping[str, LabelRule]) -> bool:
    """Return True if a label shows hashes."""
    return any(rule.form == "hash" for rule in labels.values())


def hash_key(config: Config, command: str) -> bytes:
    """Return the secret, empty if no label needs one; raises `ConfigError`.

    If there is no secret yet, a command that keeps no state uses a random one, unless its hashes
    must equal those of `run`.
    """
    if not is_needed(config.labels):
        return b""
    if config.privacy.hash_key is not None:
        return config.privacy.hash_key.read()
    path = config.storage.path / FILE
    try:
        if command == _MAKING:
            _make(path)
    except OSError as error:
        raise ConfigError([f"{path}: cannot be created: {error.strerror}"]) from error
    if path.exists():
        return SecretPlace(LONG, path).read()
    if command in _NEEDING:
        reason = "is missing, so hashes would differ; set privacy.hash_key_file or storage.path"
        raise ConfigError([f"{path}: {reason}"])
    return secrets.token_bytes(_BYTES)


def _make(path: Path) -> None:
    """Create the file atomically, readable by its owner only, unless it exists."""
    # Remove what a crash left. Another process that is just creating the file here won't get the
    # ledger's lock.
    for left in path.parent.glob(f".{path.name}.*"):
        left.unlink(missing_ok=True)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(
        os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb"
    ) as file:
        file.write(secrets.token_hex(_BYTES).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(new, path)
    new.unlink(missing_ok=True)
