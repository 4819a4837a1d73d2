"""Payouts on record: what was counted of each, and the compensated request as a table row."""

from collections import OrderedDict
from collections.abc import Mapping

from ..catalog import INPUT, direction
from ..exact import decimal_text
from ..labels import OTHER, UNKNOWN, clean
from ..records import Compensation, Record
from ..tally import KeyTally
from .delta import Detail, Paid
from .ids import Key
from .spaces import LabelSpace


class Payouts:
    """The newest payouts by id and type, bounded."""

    def __init__(self, limit: int) -> None:
        """None yet."""
        self._limit = limit
        # A plain dict would look through all it has forgotten to find its oldest entry.
        self._paid: OrderedDict[Key, dict[str, Paid]] = OrderedDict()
        self._numbered = 0
        self._changed: dict[tuple[Key, str], Paid] = {}
        self._forgotten: list[Key] = []

    def get(self, key: Key, kind: str) -> Paid | None:
        """The payout counted for an id and type."""
        return self._paid.get(key, {}).get(kind)

    def remember(self, key: Key, compensation: Compensation, holder: int) -> int:
        """Record a payout as counted; how many old ones had to go for it."""
        paid = Paid(compensation.payout, holder)
        self._paid.setdefault(key, {})[compensation.type] = paid
        self._changed[(key, compensation.type)] = paid
        if len(self._paid) > self._limit:
            self.forget(next(iter(self._paid)))
            return 1
        return 0

    def forget(self, key: Key) -> None:
        """Drop the payouts of an id that left the window."""
        kinds = self._paid.pop(key, None)
        if kinds is not None:
            for kind in kinds:
                self._changed.pop((key, kind), None)
            self._forgotten.append(key)

    def take_changes(self) -> tuple[dict[tuple[Key, str], Paid], tuple[Key, ...]]:
        """(counted, forgotten) since the last call; an id may be forgotten and counted again."""
        changed, self._changed = self._changed, {}
        forgotten, self._forgotten = tuple(self._forgotten), []
        return changed, forgotten

    def restore(self, key: Key, kind: str, paid: Paid) -> None:
        """Take back a payout that was counted before a restart."""
        self._paid.setdefault(key, {})[kind] = paid

    def resume(self, numbered: int) -> None:
        """Go on numbering payouts without an id."""
        self._numbered = numbered

    @property
    def numbered(self) -> int:
        """The last number given."""
        return self._numbered

    def next_number(self) -> int:
        """A number for a payout without a generation id, so that each has a row of its own."""
        self._numbered += 1
        return self._numbered

    @staticmethod
    def detail(
        record: Record,
        identity: str,
        tally: KeyTally,
        spaces: Mapping[str, LabelSpace],
        time_ms: int | None,
        seen_ms: int,
    ) -> Detail:
        """The row of a compensated request; what the record lacks is `unknown`."""
        facts = request_facts(record, identity)
        key, model, provider, _plan = (
            space.shown(raw) if counted == OTHER and raw is not None else counted
            for raw, counted, space in zip(
                record.who,
                tally.labels,
                (spaces[name] for name in ("api_key", "model", "provider", "plan")),
                strict=True,
            )
        )
        compensation = record.compensation
        assert compensation is not None  # only compensated requests have a row
        kind = spaces["compensation_type"].shown(compensation.type)
        labels = (facts[0], model, provider, key, tally.labels[3], kind, *facts[1:])
        return Detail(labels, compensation.payout, time_ms, seen_ms)


def request_facts(record: Record, identity: str) -> tuple[str, ...]:
    """(generation id, finish reason, input, output, cost, latency, throughput) as label values."""
    tokens = record.tokens
    if tokens is None:
        inputs = outputs = None
    else:
        inputs = sum(n for code, n in tokens.items() if direction(code) == INPUT)
        outputs = record.output_tokens
    return (
        clean(identity),
        record.finish,
        _number(inputs, 0),
        _number(outputs, 0),
        _number(None if record.bill is None else record.bill.total, 12),
        _number(record.latency, 3),
        _number(record.throughput, 6),
    )


def _number(value: int | None, places: int) -> str:
    return UNKNOWN if value is None else decimal_text(value, places)
