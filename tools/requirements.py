"""Print the requirements in `pyproject.toml`: for build and runtime, or of dependency groups.

The group `dev` includes all extras.
"""

import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


def project() -> dict[str, Any]:
    """Return the content of `pyproject.toml`."""
    return tomllib.loads(PROJECT.read_text())


def extras() -> Iterator[str]:
    """Yield the requirements of all extras."""
    for extra in project()["project"]["optional-dependencies"].values():
        yield from extra


def requirements(groups: Sequence[str]) -> Iterator[str]:
    """Yield the requirements of the groups; without any, those of build and runtime."""
    told = project()
    if not groups:
        yield from told["build-system"]["requires"]
        yield from told["project"]["dependencies"]
    for group in groups:
        yield from told["dependency-groups"][group]
        if group == "dev":
            yield from extras()


if __name__ == "__main__":
    sys.stdout.write("".join(f"{one}\n" for one in requirements(sys.argv[1:])))
