"""The ledger's tables and their layout number.

Every released layout can be opened: a change of the tables, or of what their columns hold, needs a
new number, a step in MIGRATIONS and a committed ledger in tests/data/ledgers.

`check_sum` is a CRC-32 of the other columns of its row, since SQLite checks no content.
Columns of type ANY hold exact integers: an INTEGER up to 64 bits, TEXT beyond.
Names from outside, such as paths, may hold any bytes: they are BLOBs.
"""

VERSION = 5
APPLICATION_ID = 0x5A4D4C47  # "ZMLG"

# The facts of requests, kept for their payouts; new in layout 3.
FACTS_TABLE = """
CREATE TABLE facts_segment (
    number INTEGER PRIMARY KEY, oldest_ms INTEGER NOT NULL, newest_ms INTEGER NOT NULL,
    stored_ms INTEGER NOT NULL, packed BLOB NOT NULL, check_sum INTEGER NOT NULL
) STRICT;
"""
# Results of pushed batches, in order of their last change; new in layout 4.
RECEIPT_TABLE = """
CREATE TABLE receipt (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL, stored_ms INTEGER NOT NULL,
    receipt TEXT NOT NULL, check_sum INTEGER NOT NULL
) STRICT;
"""
# Counted offsets of Kafka partitions; new in layout 5.
OFFSET_TABLE = """
CREATE TABLE kafka_offset (
    cluster TEXT NOT NULL, topic TEXT NOT NULL, "partition" INTEGER NOT NULL,
    topic_id TEXT NOT NULL, "offset" INTEGER NOT NULL, lines INTEGER NOT NULL,
    wrapper TEXT NOT NULL, skipped INTEGER NOT NULL, stored_ms INTEGER NOT NULL,
    check_sum INTEGER NOT NULL, PRIMARY KEY (cluster, topic, "partition")
) STRICT, WITHOUT ROWID;
"""
TABLES = f"""{FACTS_TABLE}{RECEIPT_TABLE}{OFFSET_TABLE}CREATE TABLE meta (
    name TEXT PRIMARY KEY, value ANY NOT NULL, check_sum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE series (
    number INTEGER PRIMARY KEY, metric TEXT NOT NULL, labels TEXT NOT NULL,
    check_sum INTEGER NOT NULL
) STRICT;
CREATE TABLE counter (
    number INTEGER PRIMARY KEY, value ANY NOT NULL, check_sum INTEGER NOT NULL
) STRICT;
CREATE TABLE histogram (
    number INTEGER PRIMARY KEY, value TEXT NOT NULL, check_sum INTEGER NOT NULL
) STRICT;
CREATE TABLE creation (
    first INTEGER PRIMARY KEY, created_ms INTEGER NOT NULL, check_sum INTEGER NOT NULL
) STRICT;
CREATE TABLE label_set (
    number INTEGER PRIMARY KEY, labels TEXT NOT NULL, check_sum INTEGER NOT NULL
) STRICT;
CREATE TABLE admitted (
    label TEXT NOT NULL, value TEXT NOT NULL, check_sum INTEGER NOT NULL,
    PRIMARY KEY (label, value)
) STRICT, WITHOUT ROWID;
CREATE TABLE id_segment (
    number INTEGER PRIMARY KEY, added BLOB NOT NULL, changed BLOB NOT NULL,
    check_sum INTEGER NOT NULL
) STRICT;
CREATE TABLE payout (
    id BLOB NOT NULL, type TEXT NOT NULL, payout ANY NOT NULL, label_set INTEGER NOT NULL,
    check_sum INTEGER NOT NULL, PRIMARY KEY (id, type)
) STRICT, WITHOUT ROWID;
CREATE TABLE compensation (
    number INTEGER PRIMARY KEY, generation_id TEXT NOT NULL, model TEXT NOT NULL,
    provider TEXT NOT NULL, api_key TEXT NOT NULL, plan TEXT NOT NULL,
    compensation_type TEXT NOT NULL, finish_reason TEXT NOT NULL, input_tokens TEXT NOT NULL,
    output_tokens TEXT NOT NULL, cost_usd TEXT NOT NULL, latency_ms TEXT NOT NULL,
    throughput TEXT NOT NULL, payout ANY NOT NULL, time_ms INTEGER, seen_ms INTEGER NOT NULL,
    check_sum INTEGER NOT NULL
) STRICT;
CREATE INDEX compensation_key ON compensation (generation_id, compensation_type);
CREATE TABLE position (
    key BLOB PRIMARY KEY, position TEXT NOT NULL, check_sum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE scraper (
    name BLOB PRIMARY KEY, shown INTEGER NOT NULL, seen_ms INTEGER NOT NULL,
    check_sum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""
