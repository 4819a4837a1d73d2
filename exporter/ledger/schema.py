"""The ledger's tables. One SQLite file; a change of shape gets a new version and a migration."""

VERSION = 1
APPLICATION_ID = 0x5A4D4C47  # "ZMLG"

TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE counter (
    birth INTEGER PRIMARY KEY, metric TEXT NOT NULL, labels TEXT NOT NULL,
    value ANY NOT NULL, check_sum INTEGER NOT NULL
) STRICT;
CREATE TABLE histogram (
    birth INTEGER PRIMARY KEY, metric TEXT NOT NULL, labels TEXT NOT NULL,
    value TEXT NOT NULL, check_sum INTEGER NOT NULL
) STRICT;
CREATE TABLE holder (number INTEGER PRIMARY KEY, labels TEXT NOT NULL) STRICT;
CREATE TABLE admitted (
    label TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (label, value)
) STRICT, WITHOUT ROWID;
CREATE TABLE id_segment (
    number INTEGER PRIMARY KEY, arrivals INTEGER NOT NULL,
    added BLOB NOT NULL, changed BLOB NOT NULL, check_sum INTEGER NOT NULL
) STRICT;
CREATE TABLE payout (
    id BLOB NOT NULL, type TEXT NOT NULL, payout ANY NOT NULL, holder INTEGER NOT NULL,
    PRIMARY KEY (id, type)
) STRICT, WITHOUT ROWID;
CREATE TABLE compensation (
    number INTEGER PRIMARY KEY, generation_id TEXT NOT NULL, type TEXT NOT NULL,
    model TEXT NOT NULL, provider TEXT NOT NULL, api_key TEXT NOT NULL,
    labels TEXT NOT NULL, payout ANY NOT NULL, time_ms INTEGER, seen_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX compensation_id ON compensation (generation_id, type);
CREATE TABLE source (key TEXT PRIMARY KEY, position TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE births (first INTEGER PRIMARY KEY, born_ms INTEGER NOT NULL) STRICT;
CREATE TABLE scraper (
    name TEXT PRIMARY KEY, shown INTEGER NOT NULL, seen_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""

# Each entry turns the version of its key into the next one.
MIGRATIONS: dict[int, str] = {}
