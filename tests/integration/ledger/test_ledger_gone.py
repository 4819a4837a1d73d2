"""A ledger that is deleted or replaced under a running exporter."""

import shutil
from pathlib import Path

import pytest

from anything import accepted, line, scraped, totals
from exporter.config import Storage
from exporter.counting.delta import Delta
from exporter.ledger.errors import LedgerError
from exporter.ledger.open import open_ledger
from exporter.ledger.restore import restore
from programs import exporter, get, wait_until


@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_ledger_is_gone(tmp_path: Path, how: str) -> None:
    """A missing ledger stops counting and readiness until the same file is back."""
    log, state, aside = tmp_path / "a.jsonl", tmp_path / "state", tmp_path / "aside"
    log.write_text(line("native", 1, "x", "1"))
    with exporter(tmp_path, str(log)) as (program, url):
        before = totals(scraped(url))
        ledger = state / "ledger.sqlite"
        moved = state if how == "directory" else ledger
        moved.rename(aside)
        if how == "replaced":
            shutil.copy(aside, ledger)
        wait_until(lambda: get(f"{url}/-/ready")[0] == 503, "it is not ready")
        with log.open("a") as file:
            file.write(line("native", 2, "x", "1"))
        wait_until(
            lambda: "zenmux_exporter_checkpoint_failures_total 2.0" in get(f"{url}/metrics")[1],
            "it retries the commit",
        )
        assert totals(get(f"{url}/metrics")[1]) == before
        assert "restart the exporter" in get(f"{url}/-/ready")[1]
        assert program.log.read_text().count("while the exporter runs") == 1
        if how == "replaced":
            ledger.unlink()
        aside.rename(moved)
        wait_until(lambda: totals(get(f"{url}/metrics")[1]) != before, "counting resumes")
        assert get(f"{url}/-/ready")[0] == 200
        assert program.stop() == 0
    with exporter(tmp_path, str(log)) as (_, url):
        assert sum(accepted(scraped(url).split("\n"))) == 2


@pytest.mark.parametrize("name", ["ledger.sqlite", "ledger.sqlite-wal", "lock"])
def test_every_file_is_looked_at(tmp_path: Path, name: str) -> None:
    """Commits fail while any ledger file is missing or replaced, and resume with the original."""
    ledger = open_ledger(Storage(path=tmp_path)).ledger
    ledger.commit(Delta(newest_ms=1))
    file, aside = tmp_path / name, tmp_path / "aside"
    file.rename(aside)
    with pytest.raises(LedgerError, match=f"{name}: was removed"):
        ledger.commit(Delta(newest_ms=2))
    file.write_bytes(aside.read_bytes())
    with pytest.raises(LedgerError, match=f"{name}: was replaced"):
        ledger.commit(Delta(newest_ms=2))
    aside.rename(file)
    ledger.commit(Delta(newest_ms=3))

    assert restore(ledger, 0).newest_ms == 3
    ledger.close()
