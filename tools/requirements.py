"""Print what `pyproject.toml` requires: to build and to run, or a dependency group's packages.

Developers need every extra, too.
"""

import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


def requirements(groups: Sequence[str]) -> Iterator[str]:
    """Yield the requirements of the groups; without any, of the build and the package."""
    project = tomllib.loads(PROJECT.read_text())
    if not groups:
        yield from project["build-system"]["requires"]
        yield from project["project"]["dependencies"]
    for group in groups:
        yield from project["dependency-groups"][group]
        if group == "dev":
            for extra in project["project"].get("optional-dependencies", {}).values():
                yield from extra


if __name__ == "__main__":
    sys.stdout.write("".join(f"{one}\n" for one in requirements(sys.argv[1:])))
