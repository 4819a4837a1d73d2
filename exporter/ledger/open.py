"""Open the ledger at startup, refuse it, or set it aside and start a new one."""

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
    """An open ledger and the state restored from it."""

    ledger: Ledger
    restored: Restored


def open_ledger(storage: Storage) -> Opened:
    """Open or create a ledger and restore its state; raises `LedgerError`.

    By the configured policy, a damaged one is refused, or set aside for a new one.
    """
    try:
        return _open(storage)
    except DamagedError as error:
        if storage.on_corruption != "restart":
            raise
        aside = set_aside(storage.path, error)
        log.warning("damaged ledger set aside, starting a new one", aside=aside, error=error)
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
