"""The secret of the keyed hashes: given in a file or the environment, or made beside the ledger."""

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
_NEEDING = ("reconcile", "backfill")  # what they show is compared with what `run` shows
_BYTES = 32


def is_needed(labels: Mapping[str, LabelRule]) -> bool:
    """Return whether a label shows hashes."""
    return any(rule.form == "hash" for rule in labels.values())


def hash_key(config: Config, command: str) -> bytes:
    """Return the secret, empty if no label needs one; raises `ConfigError`.

    A command that keeps no state takes a secret of its own if there is none yet, unless what it
    shows must be the same as elsewhere.
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
        raise ConfigError([f"{path}: cannot be made: {error.strerror}"]) from error
    if path.exists():
        return SecretPlace(LONG, path).read()
    if command in _NEEDING:
        reason = "is missing, so hashes would differ; set privacy.hash_key_file or storage.path"
        raise ConfigError([f"{path}: {reason}"])
    return secrets.token_bytes(_BYTES)


def _make(path: Path) -> None:
    """Make the file whole or not at all, for its owner alone; one that is there stays."""
    # What a crash has left. A process that begins just now in the same directory will not be let
    # into the ledger.
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
