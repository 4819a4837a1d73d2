"""Read the place of a secret: one of the settings `…_file` and `…_env`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..secret import Kind, SecretPlace
from .faults import Place
from .readers import Reader, text, trimmed


def fields(stem: str) -> Mapping[str, Reader]:
    """Return the readers of both settings."""
    return {f"{stem}_file": lambda value, place: Path(text(value, place)), f"{stem}_env": trimmed}


def take(
    found: dict[str, Any], given: object, stem: str, kind: Kind, place: Place, *, required: bool
) -> SecretPlace | None:
    """Take both settings out of a section; None if there is none, or a fault was added.

    `given`: the section as written, with settings that had faults of their own.
    """
    names = (f"{stem}_file", f"{stem}_env")
    file, variable = (found.pop(name, None) for name in names)
    written = given if isinstance(given, dict) else {}
    count = sum(written.get(name) is not None for name in names)
    if count > 1 or (required and not count):
        place.fault(f"give {names[0]} or {names[1]}, and not both")
    elif file is not None or variable is not None:
        return SecretPlace(kind, file, variable)
    return None


def step(stem: str, secret: SecretPlace) -> str:
    """Return the name of the setting that was given."""
    return f"{stem}_{'env' if secret.file is None else 'file'}"
