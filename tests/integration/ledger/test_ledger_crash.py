"""Crashes: after a torn WAL or a kill the ledger holds exactly one whole commit."""

import dataclasses
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from exporter.config import Storage
from exporter.counting.deduplication import ENTRY_BYTES
from exporter.counting.delta import Delta, NewSeries
from exporter.ledger.database import FILE
from exporter.ledger.open import open_ledger
from exporter.ledger.restore import Restored
from ledger_samples import COST, labels, position
from places import ROOT, SUPPORT


def step(number: int) -> Delta:
    """Return the delta that sets every part of a ledger to `number`."""
    one = dataclasses.replace(position("app.jsonl"), offset=number)
    return Delta(
        created=(NewSeries(number, COST, labels(COST, str(number))),),
        counters=tuple((n, number) for n in range(max(1, number - 20), number + 1)),
        newest_ms=number,
        label_sets=((number - 1, (str(number),)),),
        new_ids=number.to_bytes(ENTRY_BYTES),
        id_limit=10_000,
        positions={one.key: one},
        last_number=number,
        built_ms=number,
    )


def assert_is_step(restored: Restored, number: int) -> None:
    """Assert that all parts of a ledger are from commit `number`."""
    values = [value for _, value in restored.series]
    assert values == [min(n + 20, number) for n in range(1, number + 1)]
    assert [one.offset for one in restored.positions] == [number] * min(number, 1)
    assert restored.newest_ms == restored.ids == len(restored.label_sets) == number


@pytest.mark.parametrize("seed", range(40))
def test_torn_log(storage: Storage, tmp_path: Path, seed: int) -> None:
    """With the write-ahead log cut or corrupted anywhere, an earlier commit is restored whole."""
    chance = random.Random(seed)
    ledger = open_ledger(storage).ledger
    for number in range(1, 30):
        ledger.commit(step(number))
    torn = Storage(path=tmp_path / "torn")
    torn.path.mkdir()
    shutil.copyfile(storage.path / FILE, torn.path / FILE)
    data = bytearray((storage.path / f"{FILE}-wal").read_bytes())
    ledger.close()
    at = chance.randrange(len(data))
    if seed % 2:
        del data[at:]
    else:
        data[at] ^= 1 << chance.randrange(8)
    (torn.path / f"{FILE}-wal").write_bytes(data)
    opened = open_ledger(torn)

    number = opened.restored.last_number
    assert_is_step(opened.restored, number)
    opened.ledger.commit(step(number + 1))
    opened.ledger.close()
    opened = open_ledger(torn)
    opened.ledger.close()
    assert_is_step(opened.restored, number + 1)


WRITER = """
import sys
from pathlib import Path
from test_ledger_crash import step
from exporter.config import Storage
from exporter.ledger.open import open_ledger
opened = open_ledger(Storage(path=Path(sys.argv[1])))
number = opened.restored.last_number
while True:
    number += 1
    opened.ledger.commit(step(number))
    print(number, flush=True)
"""


def test_killed_while_committing(storage: Storage) -> None:
    """After kill -9 every acknowledged commit is restored, and none in part."""
    environment = {"PYTHONPATH": f"{ROOT}:{SUPPORT}:{Path(__file__).parent}"}
    chance = random.Random(5)
    told = 0
    for _ in range(6):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, storage.path],
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        ) as writer:
            assert writer.stdout is not None
            for _ in range(chance.randint(1, 90)):
                told = int(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
            told = max([told, *(int(line) for line in writer.stdout if line.endswith("\n"))])
        opened = open_ledger(storage)
        opened.ledger.close()
        assert told <= opened.restored.last_number <= told + 1
        assert_is_step(opened.restored, opened.restored.last_number)
