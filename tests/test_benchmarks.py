"""The benchmarks run, and all contenders count the same; how fast is not for tests."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from programs import real_prometheus

from benchmarks.__main__ import PARTS

ROOT = Path(__file__).parent.parent


# This one fills a real Prometheus.
NEEDS_PROMETHEUS = ("dashboards",)


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(part, marks=real_prometheus if part in NEEDS_PROMETHEUS else ())
        for part in PARTS
    ],
)
def test_quick_run(tmp_path: Path, part: str) -> None:
    """Every part runs, its contenders agree on what they counted, and it leaves figures."""
    out = tmp_path / "results.json"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", part, "--quick", f"--json={out}"],
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


def test_contenders_count_every_line(tmp_path: Path) -> None:
    """Of every shape, each contender counts all lines."""
    out = tmp_path / "results.json"
    command = [sys.executable, "-m", "benchmarks", "ingest", "--quick", f"--json={out}"]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    shapes = json.loads(out.read_text())
    assert len(shapes) == 6
    for title, table in shapes.items():
        assert {"typed decoding", "durable", "json + client library"} <= set(table)
        expected = 60 if "long lines" in title else 600
        assert {row["counted"] for row in table.values()} == {expected}


def test_growth_is_plotted(tmp_path: Path) -> None:
    """The plot is well-formed and shows a point for each row."""
    out = tmp_path / "growth.svg"
    command = [sys.executable, "-m", "benchmarks", "growth", "--quick", f"--plot={out}"]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    circles = ET.parse(out).iter("{http://www.w3.org/2000/svg}circle")
    assert len(list(circles)) == 4
