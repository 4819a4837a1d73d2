"""Secrets in file names are masked wherever stored or shown; the files are still followed."""

import gzip
import sqlite3
from pathlib import Path

import pytest

from anything import reconciled
from programs import exporter, get, wait_until

SECRET = "sk-ai-v1-0123456789abcdef"
NAMES = (f"{SECRET}.jsonl", "jane@example.com.jsonl", "john@example.com.jsonl")
LINE = '{{"id": "{}", "timestamp": 1793491200, "model": "m"}}\n'


def count(url: str) -> int:
    """Return the number of counted requests."""
    text = get(f"{url}/metrics")[1]
    key = (
        'zenmux_requests_total{api_key="unknown",model="m",provider="unknown",plan="payg",outcome='
    )
    return int((text.partition(f'{key}"success"}} ')[2] or "0").split("\n")[0])


def test_followed_across_a_restart(tmp_path: Path) -> None:
    """Files rotated during downtime are read to their end, and no name is shown."""
    folder = tmp_path / "logs"
    folder.mkdir()
    logs = [folder / name for name in NAMES]
    for log in logs:
        log.write_text(LINE.format(log.name))
    paths = [str(log) for log in logs]
    with exporter(tmp_path, "--log.level=debug", *paths) as (program, url):
        wait_until(lambda: count(url) == 3, "all are counted")
        shown = [get(url + path)[1] for path in ("/", "/metrics", "/api/v1/state")]
        assert "no differences" in reconciled(url, *map(str.encode, paths))
        assert program.stop() == 0
        shown.append(program.log.read_text())
    for log in logs:
        with log.open("a") as file:
            file.write(LINE.format(f"{log.name} 2"))
        archive = Path(f"{log}.1.gz")
        if log is logs[-1]:
            archive.write_bytes(gzip.compress(log.read_bytes()))
            log.unlink()
        else:
            log.rename(f"{log}.1")
        log.write_text(LINE.format(f"{log.name} 3"))
    with exporter(tmp_path, *paths) as (program, url):
        wait_until(lambda: count(url) == 9, "what was rotated and what is new is counted")
        shown += [get(url + path)[1] for path in ("/", "/metrics", "/api/v1/state")]
        assert program.stop() == 0
        shown.append(program.log.read_text())

    assert [text for text in shown if SECRET[3:] in text or "@example" in text] == []
    stored = b"".join(path.read_bytes() for path in (tmp_path / "state").iterdir())
    assert SECRET.encode()[3:] not in stored
    assert b"@example" not in stored


@pytest.mark.parametrize("name", NAMES[:2])
def test_stored_names_are_masked(tmp_path: Path, name: str) -> None:
    """Positions and source marks are stored with masked names."""
    log = tmp_path / name
    log.write_text(LINE.format(1))
    config = tmp_path / "exporter.yml"
    source = f"{{name: main, type: file, start_at: end, path: '{log}'}}"
    config.write_text(f"sources: [{source}]")
    with exporter(tmp_path, f"--config.file={config}") as (program, url):
        wait_until(lambda: get(f"{url}/-/ready")[0] == 200, "the file is skipped")
        assert program.stop() == 0
    with sqlite3.connect(tmp_path / "state" / "ledger.sqlite") as database:
        rows = [row[0] for row in database.execute("SELECT position FROM position")]

    assert len(rows) == 2
    assert not any(name.partition(".jsonl")[0] in row for row in rows)
