"""A delta that fills every table of a ledger, and a small ledger made from it.

`python tests/ledger_samples.py` writes `tests/data/ledgers/layout-N.sqlite` in the current layout.
"""

import contextlib
import shutil
import sqlite3
import tempfile
from pathlib import Path

from exporter.catalogue import BY_NAME, Kind
from exporter.config import Storage
from exporter.counting.deduplication import ENTRY_BYTES
from exporter.counting.delta import (
    CompensatedRequest,
    CountedPayout,
    Delta,
    FactsChunk,
    HistogramValue,
    NewSeries,
)
from exporter.counting.facts_packing import FACTS_ENTRY, HAS_QUANTITIES, IS_REQUEST, pack
from exporter.ledger.database import FILE
from exporter.ledger.open import open_ledger
from exporter.ledger.restore import Restored
from exporter.ledger.schema import VERSION
from exporter.ledger.store import Ledger
from exporter.positions import Fingerprint, PartitionOffset, Position, ScrapeCursor
from exporter.receipts import Receipt
from places import DATA

LEDGERS = DATA / "ledgers"
COST = "zenmux_cost_usd_total"
DURATION = "zenmux_request_duration_seconds"
CLOCK_MS = 1_793_491_200_000
# Ten complete entries.
IDS = bytes(range(200))
CHANGED_IDS = bytes(reversed(range(200)))
KEY = (131_071, b"\x00\xffabcde")
FACTS = FactsChunk(
    pack(
        FACTS_ENTRY.pack(
            IDS[:10], IS_REQUEST | HAS_QUANTITIES | 1, 12_000_001, 3_000_001, 5, 1_500_501, 0
        )
    ),
    1,
    1_793_491_100_000,
    1_793_491_100_000,
)
BEYOND_64_BITS = 19_999_999_999_999_999_980


def labels(metric: str, name: str = "a") -> tuple[str, ...]:
    """Return label values for a metric."""
    return tuple(f"{name} {label}" for label in BY_NAME[metric].labels)


def compensated(generation_id: str = "gen_1", payout: int = 10**12) -> CompensatedRequest:
    """Return a compensated request."""
    return CompensatedRequest(
        generation_id=generation_id,
        model="model-ü",
        provider="provider",
        api_key="key",
        plan="payg",
        compensation_type="high_latency",
        finish_reason="stop",
        input_tokens="12",
        output_tokens="unknown",
        cost_usd="0.25",
        latency_ms="1500.5",
        throughput="20",
        payout=payout,
        time_ms=CLOCK_MS - 5000,
        seen_ms=CLOCK_MS,
    )


def position(path: str = "/var/log/app.jsonl", offset: int = 1234) -> Position:
    """Return a position."""
    return Position(path, "main", path, 2049, (1 << 64) - 1, Fingerprint(5, "ab12"), offset)


HISTOGRAM = HistogramValue(
    bounds=(100_000, 2_500_000),
    counts=(1, 2, 3),
    total=BEYOND_64_BITS,
    exemplars={0: ("gen_1", 99_999, CLOCK_MS), 2: ("gen_2", BEYOND_64_BITS, 0)},
)
POSITION = position("/var/log/caf\udce9.jsonl")
RECEIPT = Receipt("ab12", "cd34", 99, 7, False, {"accepted": 1, "invalid": 2}, ((3, "bad_time"),))
OFFSET = PartitionOffset(
    "n0xBYQBUSdmC1Nrzq5z01w", "requests", 3, "gz+XjtdARCKNk5LkJRCoOg", 1 << 40, 2, "docker", 7
)
FULL = Delta(
    created=(NewSeries(1, COST, labels(COST)), NewSeries(2, DURATION, labels(DURATION))),
    counters=((1, BEYOND_64_BITS),),
    histograms=((2, HISTOGRAM),),
    newest_ms=CLOCK_MS - 1000,
    compensated=(compensated(), compensated("gen_2", BEYOND_64_BITS)),
    revised=((("gen_1", "high_latency"), 2 * 10**12),),
    facts=(FACTS,),
    new_ids=IDS,
    changed_ids=CHANGED_IDS,
    ids=9,
    id_limit=1000,
    payouts={(KEY, "high_latency"): CountedPayout(BEYOND_64_BITS, 1)},
    synthetic_ids=3,
    label_sets=((0, ("key", "model-ü", "provider", "payg")), (1, ("k", "", "\n", "\x1f"))),
    admitted=(("api_key", "key"), ("model", "model-ü")),
    positions={POSITION.key: POSITION},
    receipts=(RECEIPT,),
    offsets=(OFFSET,),
    existing_counted=True,
    last_number=2,
    built_ms=CLOCK_MS,
)
CURSOR = ScrapeCursor(2, CLOCK_MS)


# The restored state of a ledger filled by `fill`.
RESTORED = Restored(
    series=((FULL.created[0], BEYOND_64_BITS), (FULL.created[1], HISTOGRAM)),
    newest_ms=CLOCK_MS - 1000,
    compensated=(compensated(payout=2 * 10**12), compensated("gen_2", BEYOND_64_BITS)),
    counted_existing=True,
    existing_number=2,
    creations=((CLOCK_MS, 1),),
    cursors={"prometheus": CURSOR},
    ids=len(IDS) // ENTRY_BYTES,
    last_number=2,
    label_sets=tuple(names for _, names in FULL.label_sets),
    admitted=FULL.admitted,
    synthetic_ids=3,
    positions=(POSITION,),
    offsets=(OFFSET,),
)


def fill(ledger: Ledger) -> None:
    """Write rows into every table."""
    ledger.commit(FULL)
    ledger.save_cursor("prometheus", CURSOR, ())


def write_sample(path: Path) -> None:
    """Write a filled ledger with small pages."""
    with tempfile.TemporaryDirectory() as directory:
        ledger = open_ledger(Storage(path=Path(directory))).ledger
        fill(ledger)
        ledger.close()
        with contextlib.closing(sqlite3.connect(Path(directory) / FILE)) as database:
            database.execute("PRAGMA journal_mode = DELETE")
            database.execute("PRAGMA page_size = 1024")
            database.execute("VACUUM")
        shutil.copyfile(Path(directory) / FILE, path)


assert BY_NAME[COST].kind is Kind.COUNTER
assert BY_NAME[DURATION].kind is Kind.HISTOGRAM

if __name__ == "__main__":
    write_sample(LEDGERS / f"layout-{VERSION}.sqlite")
