"""The ledger: what was committed comes back, what was not is never shown."""

import dataclasses
import shutil
import sqlite3
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest

from exporter.aggregates import Aggregates
from exporter.config import Config, LabelRule, Storage
from exporter.decode import Decoder
from exporter.exposition import Format, render
from exporter.ledger.files import FILE, DamagedError, LedgerError
from exporter.ledger.load import load_ids
from exporter.ledger.opening import Opened, open_storage
from exporter.sources import Position

AT = '"timestamp": "2026-11-01T00:00:00Z", "model": "m"'
CLOCK_MS = 1_900_000_000_000
LINES = (
    f'{{"id": "a", {AT}, "api_key": "k", "latency_ms": 5}}',
    f'{{"id": "b", {AT}, "cost_usd": "900000.000000000001"}}',
    f'{{"id": "a", {AT}, "cost_usd": "0.5"}}',
    '{"event": "compensation", "id": "a", "compensation": {"payout_usd": 1}}',
    f'{{"event": "compensation", "id": "c", {AT}, "compensation": {{"payout_usd": 2}}}}',
    f'{{"id": "b", {AT}, "compensation": {{"type": "x", "payout_usd": "0.1"}}}}',
    f'{{"id": "b", {AT}, "compensation": {{"type": "x", "payout_usd": "0.2"}}}}',
    f'{{"id": "c", {AT}, "model": "other-model"}}',
    f'{{{AT}, "compensation": {{"payout_usd": 3}}}}',
)


class Counting:
    """An exporter's core on a ledger, one delta a line."""

    def __init__(self, config: Config) -> None:
        """Opens the ledger and takes back what it holds."""
        self.opened: Opened = open_storage(config, Position)
        load_ids(self.opened.ledger, self.opened.folder)
        self.state = Aggregates(config.storage.compensated_requests)
        self.state.restore(self.opened.restored, CLOCK_MS)

    def count(self, lines: Iterable[str]) -> "Counting":
        """Count, commit and publish each line by itself."""
        for line in lines:
            batch = self.opened.folder.begin(CLOCK_MS)
            record = Decoder().decode(line.encode())
            assert record is not None
            batch.source("s").results[self.opened.folder.fold(record)] += 1
            delta = self.opened.folder.seal()
            self.opened.ledger.commit(delta)
            self.state.publish(delta, CLOCK_MS)
        return self

    def text(self) -> str:
        """What a scrape shows."""
        return render(self.state, Format.OPENMETRICS)

    def close(self) -> str:
        """Close the ledger; what was shown last."""
        self.opened.ledger.close()
        return self.text()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A configuration with its ledger in a temporary directory."""
    return Config(storage=Storage(path=tmp_path / "state"))


@pytest.mark.parametrize("cut", range(len(LINES) + 1))
def test_restart_changes_nothing(config: Config, tmp_path: Path, cut: int) -> None:
    """Restarted after any line, the end is that of a run without restart."""
    other = dataclasses.replace(config, storage=Storage(path=tmp_path / "other"))
    whole = Counting(other).count(LINES).close()
    before = Counting(config).count(LINES[:cut]).close()
    restarted = Counting(config)

    assert sorted(restarted.text().splitlines()) == sorted(before.splitlines())
    after = restarted.count(LINES[cut:]).close()
    assert sorted(after.splitlines()) == sorted(whole.splitlines())


def test_totals_beyond_64_bits(config: Config) -> None:
    """A total over 9.2 million USD is still exact, and survives."""
    lines = [f'{{{AT}, "cost_usd": "999999.999999999999"}}'] * 20
    Counting(config).count(lines).close()

    assert 'item="unitemized"} 19999999.99999999998\n' in Counting(config).close()


def test_folded_stays_folded(config: Config) -> None:
    """What a limit folded before a restart is folded after it."""
    labels = {**config.labels, "model": LabelRule(limit=1)}
    limited = dataclasses.replace(config, labels=labels)
    lines = [f'{{"timestamp": 1793491200, "model": "{name}"}}' for name in ("a", "b")]
    Counting(limited).count(lines).close()
    text = Counting(limited).count(reversed(lines)).close()

    assert 'model="other",provider="unknown",plan="payg",outcome="success"} 2\n' in text
    assert 'zenmux_exporter_label_overflow_total{label="model"} 2\n' in text


def test_other_buckets_are_refused(config: Config) -> None:
    """Observations can't move to other buckets: the ledger says so."""
    Counting(config).count(LINES).close()
    other = dataclasses.replace(config, buckets={**config.buckets, "duration": (Decimal(1),)})

    with pytest.raises(LedgerError, match="was counted with other buckets"):
        Counting(other)


def test_newer_version_is_refused(config: Config) -> None:
    """A ledger of a version that this exporter doesn't know is left as it is."""
    Counting(config).close()
    with sqlite3.connect(config.storage.path / FILE) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()

    with pytest.raises(LedgerError, match="has version 99, this exporter reads version"):
        Counting(config)


def test_somebody_elses_file_is_refused(config: Config) -> None:
    """A SQLite file that is no ledger is left as it is."""
    config.storage.path.mkdir()
    with sqlite3.connect(config.storage.path / FILE) as database:
        database.execute("CREATE TABLE t (x)")
    database.close()

    with pytest.raises(LedgerError, match="is not a ledger of this exporter"):
        Counting(config)


def test_unwritable_directory(config: Config) -> None:
    """A directory that can't be made is a clear message."""
    config.storage.path.write_text("a file")

    with pytest.raises(LedgerError, match="cannot be written"):
        Counting(config)


def overwritten(path: Path) -> None:
    """Garbage in the middle."""
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xff" * 3000)


def beheaded(path: Path) -> None:
    """No SQLite header."""
    with path.open("r+b") as file:
        file.write(b"\0" * 200)


def halved(path: Path) -> None:
    """A truncated file."""
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2 // 4096 * 4096)


def tampered(path: Path) -> None:
    """A total that was changed by somebody else."""
    with sqlite3.connect(path) as database:
        database.execute("UPDATE counter SET value = value + 1 WHERE birth = 1")
    database.close()


@pytest.mark.parametrize("damage", [overwritten, beheaded, halved, tampered])
def test_damage(config: Config, damage: object) -> None:
    """A damaged ledger is refused; by policy it is kept aside and counting begins anew."""
    Counting(config).count(LINES).close()
    path = config.storage.path / FILE
    damage(path)  # type: ignore[operator]
    copy = shutil.copy(path, path.with_name("copy"))

    with pytest.raises(DamagedError, match=r"is damaged .* --storage\.on-corruption=restart"):
        Counting(config)
    storage = dataclasses.replace(config.storage, on_corruption="restart")
    text = Counting(dataclasses.replace(config, storage=storage)).count(LINES[:1]).close()

    assert 'outcome="success"} 1\n' in text
    (aside,) = config.storage.path.glob(f"{FILE}.damaged-*[0-9]")
    assert aside.read_bytes() == Path(copy).read_bytes()


def test_full_disk(config: Config) -> None:
    """A commit that fails leaves nothing behind, and succeeds once there is room."""
    counting = Counting(config).count(LINES[:2])
    before = counting.text()
    database = counting.opened.ledger.database
    pages = database.execute("PRAGMA page_count").fetchone()[0]
    database.execute(f"PRAGMA max_page_count = {pages}")
    folder = counting.opened.folder
    folder.begin(CLOCK_MS)
    for number in range(2000):
        record = Decoder().decode(f'{{"id": "{number}", {AT}, "api_key": "{number}"}}'.encode())
        assert record is not None
        folder.fold(record)
    delta = folder.seal()

    with pytest.raises(LedgerError, match="cannot be written: database or disk is full"):
        counting.opened.ledger.commit(delta)
    assert counting.text() == before
    database.execute("PRAGMA max_page_count = 1000000")
    counting.opened.ledger.commit(delta)
    counting.state.publish(delta, CLOCK_MS)
    assert sorted(counting.close().splitlines()) == sorted(Counting(config).close().splitlines())


def test_segments_leave_with_the_window(config: Config) -> None:
    """Ids beyond the window are dropped from the ledger too; the newest are known."""
    storage = dataclasses.replace(config.storage, id_window=100)
    small = dataclasses.replace(config, storage=storage)
    lines = [f'{{"id": "{number}", {AT}}}' for number in range(400)]
    counting = Counting(small).count(lines)
    kept = counting.opened.ledger.database.execute("SELECT sum(arrivals) FROM id_segment")
    assert 100 <= kept.fetchone()[0] < 300
    counting.close()

    text = Counting(small).count(lines[300:]).close()
    assert 'zenmux_exporter_records_total{source="s",result="duplicate"} 100\n' in text
