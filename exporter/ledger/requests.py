"""Look up one request by its generation id."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..counting.completion import additions, merged
from ..counting.deduplication import IdState, key_of, packed_key
from ..counting.delta import CompensatedRequest, FactsWanted
from ..counting.facts_segments import find
from ..values.labels import shown_id
from . import row_codec as codec
from .errors import reading
from .store import Ledger
from .tables import read

# A generation has a row for each type of compensation, and a log may contain any number of types.
_MAX_ROWS = 100
_NEWEST_OF_ID = (
    "number IN (SELECT number FROM compensation WHERE generation_id = ? "
    "ORDER BY number DESC LIMIT ?)"
)


@dataclass(frozen=True, slots=True)
class KnownRequest:
    """What the ledger and the deduplication index know about a generation id.

    `identity`: the id as labels show it. `state`: None if it is not in the index. `labels`: key,
    model, provider and plan that it counts under. `facts`: labels by name, None if no longer kept;
    `added`: those that each later line added. `compensations`: oldest first.
    """

    identity: str
    state: IdState | None
    labels: tuple[str, ...] | None
    facts: Mapping[str, str] | None
    added: tuple[tuple[str, ...], ...]
    compensations: tuple[CompensatedRequest, ...]


def known_request(ledger: Ledger, identity: str, state: IdState | None) -> KnownRequest | None:
    """Return what is known about an id, None if it is unknown; raises `LedgerError`."""
    shown = shown_id(identity)
    with reading(ledger.path):
        rows = read(ledger.database, "compensation", _NEWEST_OF_ID, (shown, _MAX_ROWS))
        compensations = tuple(codec.decode_request(row[1:]) for row in rows)
        labels = None if state is None else _labels(ledger, state.label_set)
    if state is None:
        return KnownRequest(shown, None, None, None, (), compensations) if compensations else None
    wanted = FactsWanted(0, packed_key(key_of(identity)), state.time_ms, 0)
    entries = find(ledger.facts_segments, ledger.facts_content, (wanted,)).get(wanted.key, ())
    return KnownRequest(shown, state, labels, merged(entries), additions(entries), compensations)


def _labels(ledger: Ledger, number: int) -> tuple[str, ...] | None:
    """Read a label set; None if it is counted but not committed yet."""
    for _, labels in read(ledger.database, "label_set", "number = ?", (number,)):
        return codec.decode_labels(labels)
    return None
