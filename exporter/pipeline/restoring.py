"""Restore a counter from the last commit."""

from ..config import Config
from ..counting.counter import RecordCounter
from ..ledger.restore import Restored, id_segments, payouts, restore
from ..ledger.store import Ledger


def restored_counter(config: Config, restored: Restored) -> RecordCounter:
    """Return a counter with the ledger's totals and labels; ids are restored later."""
    counter = RecordCounter(config)
    counter.restore(
        restored.series,
        restored.last_number,
        restored.label_sets,
        restored.admitted,
        restored.synthetic_ids,
    )
    return counter


def restore_ids(ledger: Ledger, counter: RecordCounter) -> None:
    """Restore ids and payouts, which counting needs but scraping doesn't."""
    for added, changed in id_segments(ledger):
        counter.ids.restore(added, changed)
    for key, kind, counted in payouts(ledger):
        counter.restore_payout(key, kind, counted)


def reread_counter(ledger: Ledger, config: Config) -> RecordCounter:
    """Return a counter as of the last commit."""
    counter = restored_counter(config, restore(ledger, 0))
    restore_ids(ledger, counter)
    return counter
