"""Every command reads a configured source's file with that source's settings."""

import json
from pathlib import Path

import pytest

from exporter.backfill.command import Wanted, backfill
from exporter.config import Config, load, options
from exporter.count_files import count_once
from exporter.pipeline.ownership import files_to_read

FOREIGN = '{"at": "2026-11-02T10:20:30Z", "llm": "m", "in": 5}'
NATIVE = '{"timestamp": "2026-11-02T10:20:30Z", "model": "n", "input_tokens": 5}'
CONFIG = """
sources:
  - name: calls
    type: file
    path: {folder}/logs/*.jsonl
    wrapper: cri
    mapping: {{timestamp: at, model: llm, input_tokens: in}}
  - {{name: shaped, type: file, path: "{folder}/shaped", format: native}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Logs of configured sources, one of them rotated, and a log without a source."""
    (tmp_path / "exporter.yml").write_text(CONFIG.format(folder=tmp_path))
    (tmp_path / "logs").mkdir()
    whole = f"2026-11-02T10:20:31Z stdout F {FOREIGN}\n"
    for name in ("a.jsonl", "b.jsonl.1", "b.jsonl"):
        # With different beginnings, as they would be copies otherwise.
        (tmp_path / "logs" / name).write_text(f"{name * 300}\n{whole}")
    (tmp_path / "other.jsonl").write_text(NATIVE + "\n")
    (tmp_path / "link").symlink_to(tmp_path / "logs" / "a.jsonl")
    body = json.loads(NATIVE) | {"createdAt": "2026-11-02T10:20:30Z", "apiKeyId": "k"}
    (tmp_path / "shaped").write_text(json.dumps(body) + "\n")
    return tmp_path


def config(folder: Path, command: str, *files: str) -> Config:
    """Load the configuration with files on the command line."""
    names = [str(folder / file) for file in files]
    given = options.parse([command, f"--config.file={folder / 'exporter.yml'}", *names], {})
    return load(given.config_file, given)


def accepted(text: str) -> dict[str, int]:
    """Return the number of accepted records by source."""
    start, end = 'zenmux_exporter_records_total{source="', '",result="accepted"} '
    rows = [row for row in text.split("\n") if row.startswith(start) and end in row]
    return {row[len(start) :].split('"')[0]: int(row.split(" ")[1]) for row in rows}


def test_once(folder: Path) -> None:
    """A source's file is found by path, symlink or rotation; other files are named as typed."""
    found = config(folder, "once", "logs/a.jsonl", "logs/b.jsonl.1", "other.jsonl")

    assert accepted(count_once(found)) == {"calls": 2, str(folder / "other.jsonl"): 1}
    assert accepted(count_once(config(folder, "once", "link"))) == {"calls": 1}
    assert accepted(count_once(config(folder, "once", "shaped"))) == {"shaped": 1}


def test_backfill(folder: Path) -> None:
    """Configured files are read once, plus additional files on the command line."""
    found = config(folder, "backfill", "logs/a.jsonl", "logs/b.jsonl.1", "other.jsonl")
    made = backfill(found, Wanted(folder / "out", {}), lambda: 1_800_000_000)

    assert made.results["accepted"] == 5
    assert {Path(path).name: source.name for source, path in files_to_read(found)} == {
        "a.jsonl": "calls",
        "b.jsonl": "calls",
        "b.jsonl.1": "calls",
        "other.jsonl": str(folder / "other.jsonl"),
        "shaped": "shaped",
    }
