"""A damaged ledger opens with its original content or is refused."""

import contextlib
import dataclasses
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from effort import examples
from exporter.config import Storage
from exporter.counting.delta import Delta, NewSeries
from exporter.ledger.database import FILE
from exporter.ledger.errors import DamagedError, LedgerError
from exporter.ledger.open import open_ledger
from exporter.ledger.queries import Filter, compensations
from exporter.ledger.restore import Restored, id_segments, payouts
from exporter.ledger.schema import VERSION
from ledger_samples import COST, IDS, LEDGERS, RESTORED, fill, labels

TABLES = (
    "meta", "series", "counter", "histogram", "creation", "label_set", "admitted", "id_segment",
    "facts_segment", "payout", "compensation", "position", "scraper", "receipt",
)  # fmt: skip


@pytest.fixture
def filled(storage: Storage) -> Path:
    """A filled, closed ledger."""
    ledger = open_ledger(storage).ledger
    fill(ledger)
    ledger.close()
    return storage.path / FILE


def read_all(storage: Storage) -> tuple[Restored, object]:
    """Read everything from a ledger, then commit a delta to it."""
    opened = open_ledger(storage)
    try:
        rest = (
            [*id_segments(opened.ledger)],
            [*payouts(opened.ledger)],
            compensations(opened.ledger, Filter()),
        )
        fill_more(opened.ledger.commit)
    finally:
        opened.ledger.close()
    return opened.restored, rest


def fill_more(commit: Callable[[Delta], Delta]) -> None:
    """A later delta."""
    new = NewSeries(3, COST, labels(COST, "c"))
    revised = ((("gen_1", "high_latency"), 5),)
    commit(
        Delta(
            created=(new,),
            counters=((1, 7), (3, 8)),
            revised=revised,
            new_ids=IDS,
            id_limit=100,
            last_number=3,
        )
    )


def columns(path: Path, table: str) -> list[str]:
    """A table's columns."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        return [row[1] for row in database.execute(f"PRAGMA table_info({table})")]


def cells() -> list[tuple[str, str]]:
    """Every column of every table."""
    path = LEDGERS / f"layout-{VERSION}.sqlite"
    return [(table, column) for table in TABLES for column in columns(path, table)]


def changed(value: object) -> object:
    """A value with one bit flipped."""
    if isinstance(value, int):
        return value ^ 64
    if isinstance(value, str):
        return chr(ord(value[0]) ^ 1) + value[1:] if value else "x"
    assert isinstance(value, bytes)
    return bytes([value[0] ^ 1]) + value[1:]


@pytest.mark.parametrize(("table", "column"), cells())
def test_flipped_rows(storage: Storage, filled: Path, table: str, column: str) -> None:
    """A bit flipped in any column of any table is detected at start."""
    with contextlib.closing(sqlite3.connect(filled, isolation_level=None)) as database:
        ((value,),) = database.execute(f"SELECT {column} FROM {table} LIMIT 1").fetchall()
        database.execute(
            f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (changed(value), value)
        )

    with pytest.raises(DamagedError, match=r"is damaged .* --storage\.on-corruption=restart"):
        open_ledger(storage)


@pytest.mark.parametrize("table", ["series", "counter", "histogram", "label_set"])
def test_missing_rows(storage: Storage, filled: Path, table: str) -> None:
    """Values without their series and series without values are detected."""
    with contextlib.closing(sqlite3.connect(filled, isolation_level=None)) as database:
        database.execute(f"DELETE FROM {table} WHERE number = (SELECT min(number) FROM {table})")

    with pytest.raises(DamagedError, match=r"missing|has no value"):
        open_ledger(storage)


@pytest.mark.parametrize("seed", range(examples(100, 300)))
@pytest.mark.slow
def test_flipped_bytes(storage: Storage, seed: int) -> None:
    """With a bit flipped anywhere in the file it is refused, or works as before."""
    chance = random.Random(seed)
    storage.path.mkdir()
    path = storage.path / FILE
    shutil.copyfile(LEDGERS / f"layout-{VERSION}.sqlite", path)
    whole = read_all(storage)
    shutil.copyfile(LEDGERS / f"layout-{VERSION}.sqlite", path)
    data = bytearray(path.read_bytes())
    # Half of the bits are in the header and the schema, which have no checksums.
    end = len(data) if seed % 2 else 2048
    data[chance.randrange(end)] ^= 1 << chance.randrange(8)
    path.write_bytes(data)

    with contextlib.suppress(LedgerError):
        opened = open_ledger(storage)
        opened.ledger.close()
        assert opened.restored == RESTORED
        assert read_all(storage) == whole


def overwritten(path: Path) -> None:
    """Write garbage into the middle."""
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xff" * 3000)


def beheaded(path: Path) -> None:
    """Overwrite the header."""
    with path.open("r+b") as file:
        file.write(b"\0" * 200)


def halved(path: Path) -> None:
    """Truncate the file."""
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2 // 4096 * 4096)


def emptied(path: Path) -> None:
    """Truncate the file to nothing."""
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [overwritten, beheaded, halved, emptied])
def test_damage(storage: Storage, filled: Path, damage: Callable[[Path], None]) -> None:
    """A damaged ledger is refused; with `restart` it is set aside and counting starts over."""
    damage(filled)
    copy = filled.read_bytes()

    with pytest.raises(DamagedError, match=r"is damaged .* --storage\.on-corruption=restart"):
        open_ledger(storage)
    opened = open_ledger(dataclasses.replace(storage, on_corruption="restart"))
    opened.ledger.close()

    assert opened.restored.series == ()
    (aside,) = storage.path.glob(f"{FILE}.damaged-*[0-9]")
    assert aside.read_bytes() == copy
    assert "is damaged" in aside.with_name(f"{aside.name}.txt").read_text()


def test_newer_layout_is_refused(storage: Storage, filled: Path) -> None:
    """A newer layout isn't damage: it is refused even with `restart`."""
    with contextlib.closing(sqlite3.connect(filled)) as database:
        database.execute("PRAGMA user_version = 99")

    with pytest.raises(LedgerError, match="has layout 99, this exporter reads layout 5") as refused:
        open_ledger(dataclasses.replace(storage, on_corruption="restart"))
    assert "a newer exporter wrote it" in str(refused.value)
    assert not isinstance(refused.value, DamagedError)
