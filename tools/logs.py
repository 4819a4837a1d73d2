"""The paths in `LOGS` of `make run` and `make stack`."""

from collections.abc import Iterable
from pathlib import Path


def globs(paths: Iterable[str]) -> list[str]:
    """Return paths as typed, since they name the sources; a folder means all its files."""
    return [f"{path.rstrip('/')}/*" if Path(path).is_dir() else path for path in paths]
