"""Parse points in time from the command line."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from exporter.values.moments import parse, shown

NOW = 1_795_000_000_000
TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    ("text", "utc", "tokyo"),
    [
        ("now", "2026-11-18T11:06:40Z", "2026-11-18T20:06:40+09:00"),
        ("90s", "2026-11-18T11:05:10Z", "2026-11-18T20:05:10+09:00"),
        ("2h", "2026-11-18T09:06:40Z", "2026-11-18T18:06:40+09:00"),
        ("7d", "2026-11-11T11:06:40Z", "2026-11-11T20:06:40+09:00"),
        ("2w", "2026-11-04T11:06:40Z", "2026-11-04T20:06:40+09:00"),
        ("2026-11-01", "2026-11-01T00:00:00Z", "2026-11-01T00:00:00+09:00"),
        ("2026-11-01 06:30", "2026-11-01T06:30:00Z", "2026-11-01T06:30:00+09:00"),
        ("2026-11-01T06:30:00.5", "2026-11-01T06:30:00.500Z", "2026-11-01T06:30:00.500+09:00"),
        ("2026-11-01T06:30:00+02:00", "2026-11-01T04:30:00Z", "2026-11-01T13:30:00+09:00"),
        ("1795000000", "2026-11-18T11:06:40Z", "2026-11-18T20:06:40+09:00"),
    ],
)
def test_moments(text: str, utc: str, tokyo: str) -> None:
    """A time without a zone is in the requested zone; ages and times with a zone are absolute."""
    moment = parse(text)
    assert shown(moment.resolve(NOW, UTC), UTC) == utc
    assert shown(moment.resolve(NOW, TOKYO), TOKYO) == tokyo


@pytest.mark.parametrize(
    "text",
    ["", "soon", "7", "7x", "-7d", "1e3d", "9999999d", "2026-13-01", "2026-02-30", "1999-12-31",
     "2026-11-01T25:00", "2101-01-01", "\u0667d"],
)  # fmt: skip
def test_no_moments(text: str) -> None:
    """Invalid times are refused with the accepted forms."""
    with pytest.raises(ValueError, match="must be now, an age such as 7d"):
        parse(text)
