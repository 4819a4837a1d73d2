"""Migrations from each layout of the ledger to the next one.

None starts at layout 1, which no release wrote.
"""

import sqlite3
from collections.abc import Callable, Mapping

from .schema import FACTS_TABLE, OFFSET_TABLE, RECEIPT_TABLE
from .tables import counter_rows, insert, read

Migrations = Mapping[int, Callable[[sqlite3.Connection], None]]

# Families with whole quantities in layout 2; since layout 3 they are in millionths.
_IN_MILLIONTHS = frozenset(
    {
        "zenmux_tokens_total",
        "zenmux_billed_units_total",
        "zenmux_web_search_tokens_total",
        "zenmux_web_search_calls_total",
    }
)
_MILLION = 10**6


def _to_layout_3(database: sqlite3.Connection) -> None:
    """Add the facts of requests; count tokens and units in millionths."""
    database.execute(FACTS_TABLE)
    # Rows are verified as they are read, so that no new checksum hides damage.
    scaled = {number for number, metric, _ in read(database, "series") if metric in _IN_MILLIONTHS}
    values = [
        (number, int(value) * _MILLION)
        for number, value in read(database, "counter")
        if number in scaled
    ]
    database.executemany(insert("counter", "OR REPLACE"), counter_rows(values))


def _to_layout_4(database: sqlite3.Connection) -> None:
    """Add the receipts of pushed batches."""
    database.execute(RECEIPT_TABLE)


def _to_layout_5(database: sqlite3.Connection) -> None:
    """Add the offsets of Kafka partitions."""
    database.execute(OFFSET_TABLE)


# By the layout that a step starts from.
MIGRATIONS: Migrations = {2: _to_layout_3, 3: _to_layout_4, 4: _to_layout_5}
