"""Errors of the ledger: the machine failed, the data is damaged, or a file was replaced."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from ..errors import ExporterError

_CORRUPT = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
# An extended error code holds the primary one in its lowest byte.
_PRIMARY_CODE = 0xFF


class LedgerError(ExporterError):
    """The ledger can't be used; the text says what to do."""


class DamagedError(LedgerError):
    """The ledger's content is damaged."""


class LostLedgerError(LedgerError):
    """The open ledger was removed or replaced on disk."""


class UnstorableError(LedgerError):
    """A delta holds something that no ledger can store; trying again won't help."""


def damaged(path: Path, detail: object) -> DamagedError:
    """Return an error that describes the damage and how to recover."""
    return DamagedError(
        f"{path}: is damaged ({' '.join(str(detail).split())}); restore a backup, or start over "
        "with --storage.on-corruption=restart, which keeps the damaged file aside"
    )


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Raise `DamagedError` for unreadable content, `LedgerError` if the machine fails."""
    try:
        yield
    except sqlite3.OperationalError as error:
        # Text that is not UTF-8 is reported by Python, without one of SQLite's codes.
        if getattr(error, "sqlite_errorcode", None) is None:
            raise damaged(path, error) from error
        raise LedgerError(f"{path}: cannot be read: {error}") from error
    except (sqlite3.Error, ValueError, KeyError, TypeError) as error:
        raise damaged(path, error) from error


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raise `LedgerError` if the machine fails, `UnstorableError` for unstorable content."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise LedgerError(f"{path}: cannot be written: {error}") from error
    except (sqlite3.Error, ValueError, OverflowError) as error:
        if getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE in _CORRUPT:
            raise damaged(path, error) from error
        raise UnstorableError(f"{path}: cannot store what was counted: {error}") from error
