"""docs/design.md: the files and functions that it names exist."""

import importlib
import re
from operator import attrgetter

import pytest

from places import ROOT

PAGE = (ROOT / "docs" / "design.md").read_text()
PATHS = re.findall(r"`((?:[\w.]+/)+[\w.]*|\w+(?:\.\w+)*\.(?:py|yml))`", PAGE)
STEPS = re.findall(r"^\| \d+\. .* \| `([\w/]+)\.py` \| `([\w.]+)` \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("path", sorted(set(PATHS)))
def test_files_exist(path: str) -> None:
    """Each path exists in the repository or in the package."""
    assert (ROOT / path).exists() or (ROOT / "exporter" / path).exists()


@pytest.mark.parametrize(("module", "function"), STEPS)
def test_functions_exist(module: str, function: str) -> None:
    """Each step in the table names a function of its module."""
    found = importlib.import_module(f"exporter.{module.replace('/', '.')}")

    assert callable(attrgetter(function)(found))


def test_steps_are_found() -> None:
    """The test finds all steps of the table."""
    assert len(STEPS) == len(re.findall(r"^\| \d+\. ", PAGE, re.MULTILINE)) > 10
