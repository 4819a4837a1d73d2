"""What `LOGS` of `make run` and `make stack` names."""

from collections.abc import Iterable
from pathlib import Path


def globs(paths: Iterable[str]) -> list[str]:
    """Return paths as typed, since sources are named after them; a folder means all its files."""
    return [f"{path.rstrip('/')}/*" if Path(path).is_dir() else path for path in paths]
