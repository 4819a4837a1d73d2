"""The ledger's files: private, with one writer, and checked for removal."""

import sqlite3
import stat
from dataclasses import replace

import pytest

from exporter.config import Storage
from exporter.counting.delta import Delta
from exporter.ledger.database import FILE
from exporter.ledger.errors import LedgerError, LostLedgerError, UnstorableError
from exporter.ledger.open import open_ledger
from exporter.ledger.restore import restore
from exporter.ledger.store import Ledger
from ledger_samples import (
    CLOCK_MS,
    CURSOR,
    FULL,
    fill,
)


@pytest.mark.parametrize("suffix", ["", "-wal"])
@pytest.mark.parametrize("replaced", [False, True])
def test_lost_ledger(storage: Storage, ledger: Ledger, suffix: str, *, replaced: bool) -> None:
    """Commits fail if a file was removed or replaced, and work again once it is back."""
    ledger.commit(FULL)
    path = storage.path / f"{FILE}{suffix}"
    content = path.read_bytes()
    path.rename(path.with_name("moved"))
    if replaced:
        path.write_bytes(content)

    what = "was replaced by another file" if replaced else "was removed"
    for attempt in (
        ledger.check_identity,
        lambda: ledger.commit(Delta(newest_ms=CLOCK_MS)),
        lambda: ledger.save_cursor("a", CURSOR, ()),
    ):
        with pytest.raises(LostLedgerError, match=f"{path}: {what}"):
            attempt()
    path.with_name("moved").rename(path)
    ledger.commit(Delta(newest_ms=CLOCK_MS))
    assert restore(ledger, 0).newest_ms == CLOCK_MS


def test_files_are_private(storage: Storage, ledger: Ledger) -> None:
    """Only the owner can read the ledger."""
    fill(ledger)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in storage.path.iterdir()}

    assert stat.S_IMODE(storage.path.stat().st_mode) == 0o700
    assert set(modes) == {FILE, f"{FILE}-wal", f"{FILE}-shm", "lock"}
    assert set(modes.values()) == {0o600}


def test_the_directory_of_others_stays(storage: Storage) -> None:
    """The mode of a directory that existed is not changed."""
    storage.path.mkdir(mode=0o755)
    storage.path.chmod(0o755)
    open_ledger(storage).ledger.close()

    assert stat.S_IMODE(storage.path.stat().st_mode) == 0o755


def test_second_exporter(storage: Storage, ledger: Ledger) -> None:
    """A ledger has one writer."""
    with pytest.raises(LedgerError, match="another exporter uses this ledger"):
        open_ledger(storage)


def test_unwritable_directory(storage: Storage) -> None:
    """A directory that can't be created is reported with the system's reason."""
    storage.path.write_text("a file")
    below = replace(storage, path=storage.path / "below")

    with pytest.raises(LedgerError, match="cannot be written: Not a directory"):
        open_ledger(below)


def test_file_in_place_of_the_directory(storage: Storage) -> None:
    """A file can't be the ledger's directory."""
    storage.path.write_text("a file")

    with pytest.raises(LedgerError, match="is not a directory"):
        open_ledger(storage)


def test_locked_ledger(storage: Storage, ledger: Ledger) -> None:
    """A lock of another program is a temporary error; the commit succeeds later."""
    ledger.database.execute("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(storage.path / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerError, match="cannot be written: database is locked") as failed:
        ledger.commit(FULL)
    other.close()

    assert not isinstance(failed.value, UnstorableError)
    fill(ledger)
