"""Commands do not import modules that only the server needs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from places import ROOT

# Each takes as long to import as everything else that a command needs.
HEAVY = ("aiohttp", "urllib.request", "confluent_kafka", "google.protobuf")
PROGRAM = f"""
import sys
from exporter.cli.main import main
try:
    code = main(sys.argv[1:])
except SystemExit as ended:
    code = ended.code
assert not code, code
print("imported:", *(name for name in {HEAVY} if name in sys.modules), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "command",
    [["--version"], ["once", "a.jsonl"], ["try", "a.jsonl"], ["check", "--config.file=a.yml"]],
)
def test_commands_import_no_server(command: list[str], tmp_path: Path) -> None:
    """Commands on logs and configurations import no HTTP server or client."""
    record = json.loads((ROOT / "tests/data/raw_meta.json").read_text())
    (tmp_path / "a.jsonl").write_text(f"{json.dumps(record)}\n")
    (tmp_path / "a.yml").write_text("sources: [{name: a, type: file, path: a.jsonl}]\n")
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM, *command],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1].split() == ["imported:"]
