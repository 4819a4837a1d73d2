"""The first 100 bytes of the ledger's file, which no checksum covers.

SQLite mistakes some damage to them for another kind of file: one that is read-only, or one without
a write-ahead log.
"""

from pathlib import Path

from .errors import LedgerError
from .schema import APPLICATION_ID

_HEADER_BYTES = 100
# The format's versions for writing and reading: 1 without, 2 with a write-ahead log.
_VERSIONS = slice(18, 20)
_APPLICATION = slice(68, 72)
_WITHOUT_LOG, _WITH_LOG = b"\1\1", b"\2\2"
# Bytes that every ledger has, by offset. https://www.sqlite.org/fileformat2.html, "The Database
# Header": bytes reserved in a page, payload fractions, schema format, suggested cache size, vacuum
# mode, encoding, incremental vacuum, expansion.
_CONSTANT = {
    0: b"SQLite format 3\0",
    20: bytes((0, 64, 32, 32)),
    44: (4).to_bytes(4),
    48: bytes(4),
    52: bytes(4),
    56: (1).to_bytes(4),
    64: bytes(4),
    72: bytes(20),
}


def check_header(path: Path, *, has_log: bool) -> None:
    """Check the header of a file that is not open; `has_log`: it has a write-ahead log.

    Raises ValueError on damage, `LedgerError` if another program wrote the file. Call it before
    SQLite opens the file: closing it afterwards would drop SQLite's locks.
    """
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if header.startswith(_CONSTANT[0]) and header[_APPLICATION] != APPLICATION_ID.to_bytes(4):
        raise LedgerError(f"{path}: is not a ledger of this exporter")
    changed = [at for at, known in _CONSTANT.items() if header[at : at + len(known)] != known]
    versions = (_WITH_LOG,) if has_log else (_WITHOUT_LOG, _WITH_LOG)
    if header[_VERSIONS] not in versions:
        changed.append(_VERSIONS.start)
    if changed:
        raise ValueError(f"byte {min(changed)} of the header was changed")
