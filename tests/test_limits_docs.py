"""docs/limits.md: each limit is the code's, and each limit of the code stands there."""

import importlib
import re
from operator import attrgetter
from pathlib import Path

import pytest

from exporter.config import Config, Storage
from exporter.config.model import DEFAULT_LABEL_LIMITS
from exporter.web.limits import Limits

PAGE = (Path(__file__).parent.parent / "docs" / "limits.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith("| what")
]
NUMBERED = [
    (row[2].strip("`"), row[1])
    for row in ROWS
    if row[1][0].isdigit() and row[2] != "`web.passwords`"
]


def value_of(place: str) -> int:
    """The value of a setting or constant."""
    section, _, rest = place.partition(".")
    if section == "labels":
        return DEFAULT_LABEL_LIMITS[rest.removesuffix(".limit")]
    if section == "storage":
        return int(attrgetter(place)(Config(Storage(path=Path()))))
    module, _, name = place.rpartition(".")
    if module == "web.limits":
        return int(getattr(Limits(), name))
    return int(getattr(importlib.import_module(f"exporter.{module}"), name))


@pytest.mark.parametrize(("place", "limit"), NUMBERED)
def test_the_limit_is_the_codes(place: str, limit: str) -> None:
    """The number in front is the default or the constant."""
    number = int(re.match(r"[\d,]+", limit)[0].replace(",", ""))  # type: ignore[index]

    assert value_of(place) == number


def test_every_setting_stands_there() -> None:
    """No setting that limits something is missing, and every row tells what happens."""
    places = {place for place, _ in NUMBERED}
    settings = {f"labels.{label}.limit" for label in DEFAULT_LABEL_LIMITS}
    settings |= {
        f"storage.{name}" for name in Storage.__slots__ if name not in ("path", "on_corruption")
    }

    assert settings <= places
    assert [row for row in ROWS if len(row) != 4 or not all(row)] == []
    assert len(NUMBERED) > 40
