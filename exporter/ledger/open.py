"""The ledger at start: opened with what it holds, refused, or set aside and begun anew."""

import contextlib
from dataclasses import dataclass

from ..config import Storage
from ..counting.facts_segments import FactsLimits
from ..logs import get
from .access import secure
from .database import FILE, open_database, set_aside
from .errors import DamagedError
from .identity import take_lock
from .restore import Restored, restore
from .store import Ledger

log = get(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """An open ledger and what it held."""

    ledger: Ledger
    restored: Restored


def open_ledger(storage: Storage) -> Opened:
    """Open a ledger, created if it is missing, and read what it holds; raises `LedgerError`.

    A damaged one is refused or, by the configured policy, set aside and begun anew.
    """
    try:
        return _open(storage)
    except DamagedError as error:
        if storage.on_corruption != "restart":
            raise
        aside = set_aside(storage.path, error)
        log.warning("ledger is damaged: set aside, counting anew", aside=aside, error=error)
        return _open(storage)


def _open(storage: Storage) -> Opened:
    with contextlib.ExitStack() as failed:
        secure(storage.path)
        lock = take_lock(storage.path)
        failed.callback(lock.close)
        path = storage.path / FILE
        database = open_database(path)
        failed.callback(database.close)
        ledger = Ledger(
            database,
            lock,
            path,
            payout_window=storage.payout_window,
            id_window=storage.id_window,
            facts_limits=FactsLimits.of(storage),
        )
        opened = Opened(ledger, restore(ledger, storage.compensated_requests))
        failed.pop_all()
    return opened
