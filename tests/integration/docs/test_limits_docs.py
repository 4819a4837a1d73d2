"""docs/limits.md: it lists every setting and web limit, with the value in the code."""

import importlib
import re
from dataclasses import asdict
from operator import attrgetter
from pathlib import Path

import pytest

from exporter.config import Config, Storage
from exporter.config.model import DEFAULT_LABEL_LIMITS
from exporter.web.limits import Limits
from places import ROOT

PAGE = (ROOT / "docs" / "limits.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith("| what")
]
NUMBERED = [(row[2].strip("`"), row[1]) for row in ROWS if row[1][0].isdigit()]

# The limits in exporter/web/limits.py: one per field, for `at_once` one per path.
WEB: dict[str, float] = {
    f"web.limits.{name}": value for name, value in asdict(Limits()).items() if name != "at_once"
} | {f"web.limits.at_once.{path}": most for path, most in Limits().at_once.items()}


def value_of(place: str) -> float:
    """Return the value of a setting or constant."""
    if place in WEB:
        return WEB[place]
    section, _, rest = place.partition(".")
    if section == "labels":
        return DEFAULT_LABEL_LIMITS[rest.removesuffix(".limit")]
    if section == "storage":
        return float(attrgetter(place)(Config(Storage(path=Path()))))
    module, _, name = place.rpartition(".")
    return float(getattr(importlib.import_module(f"exporter.{module}"), name))


@pytest.mark.parametrize(("place", "limit"), NUMBERED)
def test_the_limit_is_the_codes(place: str, limit: str) -> None:
    """The number in the page is the default or the constant."""
    number = float(re.match(r"[\d,]+(\.\d+)?", limit)[0].replace(",", ""))  # type: ignore[index]

    assert value_of(place) == number


def test_every_setting_stands_there() -> None:
    """Every setting and web limit has a row, and every row is complete."""
    places = {place for place, _ in NUMBERED}
    settings = {f"labels.{label}.limit" for label in DEFAULT_LABEL_LIMITS}
    settings |= {
        f"storage.{name}" for name in Storage.__slots__ if name not in ("path", "on_corruption")
    }

    assert settings | WEB.keys() <= places
    assert [row for row in ROWS if len(row) != 4 or not all(row)] == []
    assert len(NUMBERED) > 60
