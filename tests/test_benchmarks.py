"""The benchmarks run, and all contenders count the same; how fast is not for tests."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_quick_run(tmp_path: Path) -> None:
    """Every contender counts every line, and the results are written as JSON too."""
    out = tmp_path / "results.json"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", f"--json={out}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    counted = json.loads(out.read_text())["ingest"]["counted"]
    assert set(counted.values()) == {500}
    assert {"typed decoding", "durable", "json + client library"} <= set(counted)
