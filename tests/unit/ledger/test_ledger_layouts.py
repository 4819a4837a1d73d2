"""Ledgers of other layouts are converted, or refused unchanged."""

import contextlib
import dataclasses
import shutil
import sqlite3
from pathlib import Path

import pytest

from exporter.config import Storage
from exporter.ledger.database import FILE, migrate
from exporter.ledger.errors import DamagedError, LedgerError
from exporter.ledger.open import open_ledger
from exporter.ledger.row_codec import encode_labels
from exporter.ledger.schema import VERSION
from exporter.ledger.tables import insert, with_sum
from ledger_samples import LEDGERS, RESTORED, labels, write_sample


@pytest.mark.parametrize("path", sorted(LEDGERS.glob("layout-*.sqlite")), ids=lambda p: p.stem)
def test_committed_layouts(storage: Storage, path: Path) -> None:
    """Every released layout opens; the unreleased layout 1 is refused."""
    storage.path.mkdir()
    shutil.copyfile(path, storage.path / FILE)
    if path.stem == "layout-1":
        text = "has layout 1, this exporter reads layout 5: it cannot be converted. Use the exp"
        with pytest.raises(LedgerError, match=text):
            open_ledger(storage)
        assert (storage.path / FILE).read_bytes() == path.read_bytes()
        return
    opened = open_ledger(storage)
    opened.ledger.close()

    known = RESTORED.offsets if path.stem == "layout-5" else ()
    assert opened.restored == dataclasses.replace(RESTORED, offsets=known)
    assert path.stat().st_size < 1 << 16


MILLIONTHS = (
    "zenmux_tokens_total",
    "zenmux_billed_units_total",
    "zenmux_web_search_tokens_total",
    "zenmux_web_search_calls_total",
)


def layout_2(path: Path, *, flipped: int = 0) -> None:
    """Write a ledger of layout 2 with more series; `flipped` damages their checksums."""
    shutil.copyfile(LEDGERS / "layout-2.sqlite", path)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        for number, metric in enumerate((*MILLIONTHS, "zenmux_requests_total"), 3):
            row = with_sum(number, metric, encode_labels(labels(metric)))
            database.execute(insert("series"), row)
            value = number if number > 3 else "9223372036854775808"
            *columns, check_sum = with_sum(number, value)
            database.execute(insert("counter"), (*columns, check_sum ^ flipped))
        database.execute(insert("meta", "OR REPLACE"), with_sum("series", 7))
        database.execute(insert("meta", "OR REPLACE"), with_sum("last_number", 7))


def test_layout_2_is_converted(storage: Storage) -> None:
    """Tokens and units become millionths, only once; everything else is kept."""
    storage.path.mkdir()
    layout_2(storage.path / FILE)
    for _ in range(2):
        opened = open_ledger(storage)
        opened.ledger.close()
        values = {series.metric: value for series, value in opened.restored.series}

        assert [values[metric] for metric in MILLIONTHS] == [
            (1 << 63) * 10**6, 4 * 10**6, 5 * 10**6, 6 * 10**6,
        ]  # fmt: skip
        assert values["zenmux_requests_total"] == 7
        assert opened.restored.series[:2] == RESTORED.series
        assert opened.restored.positions == RESTORED.positions


def test_damage_of_layout_2_is_not_converted(storage: Storage) -> None:
    """A damaged row is refused, not converted, and the file isn't changed."""
    storage.path.mkdir()
    layout_2(storage.path / FILE, flipped=1)
    before = (storage.path / FILE).read_bytes()

    with pytest.raises(DamagedError, match="a row of counter does not match its checksum"):
        open_ledger(storage)
    assert (storage.path / FILE).read_bytes() == before


def test_todays_layout_is_committed(tmp_path: Path) -> None:
    """A changed layout needs a new version and a committed sample ledger."""
    write_sample(tmp_path / "new")
    objects = []
    for path in (tmp_path / "new", LEDGERS / f"layout-{VERSION}.sqlite"):
        with contextlib.closing(sqlite3.connect(path)) as database:
            objects.append(database.execute("SELECT sql FROM sqlite_master").fetchall())

    assert objects[0] == objects[1]


def test_migrations(tmp_path: Path) -> None:
    """Steps run in order, each in its own transaction; a failing step is rolled back."""
    database = sqlite3.connect(tmp_path / "db", isolation_level=None)
    database.execute("PRAGMA user_version = 5")
    steps = {
        5: lambda connection: connection.execute("CREATE TABLE a (x)"),
        6: lambda connection: connection.execute("ALTER TABLE a ADD COLUMN y"),
        7: lambda connection: connection.executemany("INSERT INTO a VALUES (?, ?)", [(1, 2), (3,)]),
    }
    migrate(database, tmp_path / "db", steps, 7)
    assert database.execute("PRAGMA user_version").fetchone() == (7,)
    with pytest.raises(sqlite3.ProgrammingError):
        migrate(database, tmp_path / "db", steps, 8)

    assert database.execute("PRAGMA user_version").fetchone() == (7,)
    assert database.execute("SELECT x, y FROM a").fetchall() == []
    database.close()


def test_somebody_elses_file_is_refused(storage: Storage) -> None:
    """A SQLite file that isn't a ledger is refused and not changed."""
    storage.path.mkdir()
    with contextlib.closing(sqlite3.connect(storage.path / FILE)) as database:
        database.execute("CREATE TABLE t (x)")
    before = (storage.path / FILE).read_bytes()

    with pytest.raises(LedgerError, match="is not a ledger of this exporter"):
        open_ledger(storage)
    assert (storage.path / FILE).read_bytes() == before
