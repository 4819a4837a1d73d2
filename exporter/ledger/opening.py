"""The ledger at start: a directory in, totals and positions out, or a clear refusal."""

import contextlib
from dataclasses import dataclass
from typing import Any

from ..config import Config
from ..logs import get
from .files import DamagedError, set_aside
from .fold import Folder
from .load import Restored, load_positions, load_totals
from .store import Ledger, open_ledger

log = get(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """An open ledger and what it held."""

    ledger: Ledger
    folder: Folder
    restored: Restored
    positions: list[Any]


def open_storage(config: Config, position: type[Any]) -> Opened:
    """Open the ledger and read what a scrape shows; raises `LedgerError`.

    A damaged one is refused or, by the configured policy, set aside and begun anew.
    """
    try:
        return _open(config, position)
    except DamagedError as error:
        if config.storage.on_corruption != "restart":
            raise
        aside = set_aside(config.storage.path, error)
        log.warning("ledger is damaged: set aside, counting anew", aside=aside, error=error)
        return _open(config, position)


def _open(config: Config, position: type[Any]) -> Opened:
    with contextlib.ExitStack() as failed:
        ledger = open_ledger(config.storage.path, payout_window=config.storage.payout_window)
        failed.callback(ledger.close)
        folder = Folder(config)
        restored = load_totals(ledger, folder, config.storage.compensated_requests)
        opened = Opened(ledger, folder, restored, load_positions(ledger, position))
        failed.pop_all()
    return opened
