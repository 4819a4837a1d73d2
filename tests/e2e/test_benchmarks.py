"""The benchmarks run, and all contenders count the same; their speed is not tested."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from benchmarks.__main__ import PARTS
from places import ROOT
from programs import real_prometheus

# This one fills a real Prometheus.
NEEDS_PROMETHEUS = ("dashboards",)


def counts_every_line(shapes: dict[str, Any], _plot: Path) -> None:
    """Assert that each contender counted all lines of every shape."""
    assert len(shapes) == 6
    for title, table in shapes.items():
        assert {"typed decoding", "durable", "json + client library"} <= set(table)
        expected = 60 if "long lines" in title else 600
        assert {row["counted"] for row in table.values()} == {expected}


def is_plotted(_tables: dict[str, Any], plot: Path) -> None:
    """Assert that the plot is well-formed and shows a point for each row."""
    circles = ET.parse(plot).iter("{http://www.w3.org/2000/svg}circle")
    assert len(list(circles)) == 4


# More assertions for some parts.
MORE = {"ingest": counts_every_line, "growth": is_plotted}


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(part, marks=real_prometheus if part in NEEDS_PROMETHEUS else ())
        for part in PARTS
    ],
)
def test_quick_run(tmp_path: Path, part: str) -> None:
    """Every part runs without lost records and writes its results."""
    out, plot = tmp_path / "results.json", tmp_path / "growth.svg"
    flags = ["--quick", f"--json={out}", *([f"--plot={plot}"] if part == "growth" else [])]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", part, *flags],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    tables = json.loads(out.read_text())
    assert tables
    for table in tables.values():
        for name, row in table.items():
            assert row, name
            assert all(value >= 0 for value in row.values()), (name, row)
            assert not row.get("records lost"), row
    if part in MORE:
        MORE[part](tables, plot)
