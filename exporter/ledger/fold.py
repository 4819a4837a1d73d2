"""The fold: records in arrival order in, sealed deltas out.

Owns the working state: ids with what was counted for them, payouts, label spaces, series. One
writer; what it decides here (first come, first served) is what gets committed and published.
"""

from collections.abc import Generator
from typing import TYPE_CHECKING

from ..catalog import METRICS, direction
from ..config import Config
from ..decode.rules import UNITS
from ..labels import OTHER, UNKNOWN
from ..records import Bill, Record
from ..responsibility import responsible
from ..tally import KeyTally
from .batch import Batch, observe_speed
from .bounds import PLACES, scaled_bounds
from .delta import Delta
from .holders import Holders
from .ids import BILLED, PAID, REQUEST, IdWindow, holder_of, key_of, pack, time_of
from .ids import Key as IdKey
from .payouts import Payouts, request_facts
from .seal import finish, seal
from .series import SeriesTable

if TYPE_CHECKING:
    from ..decode.packed import Packed

try:
    from . import swift
except ImportError:
    swift = None  # type: ignore[assignment]
IS_COMPILED = swift is not None

ACCEPTED, AMENDED, DUPLICATE = "accepted", "amended", "duplicate"

_DAY_MS = 86_400_000


class Folder:
    """Counts records once, by the counting rules, into the current batch."""

    def __init__(self, config: Config) -> None:
        """An empty working state."""
        self.holders = Holders(config)
        self.spaces = self.holders.spaces
        self._bounds = scaled_bounds(config.buckets)
        bounds = {m.name: getattr(self._bounds, m.buckets) for m in METRICS if m.buckets in PLACES}
        self.series = SeriesTable(config.storage.series_limit, bounds, self.spaces)
        self.ids = IdWindow(config.storage.id_window)
        self.payouts = Payouts(config.storage.payout_window)
        self.items = self.spaces["item"]
        self.types: dict[str, tuple[str, str]] = {}
        self.errors: dict[str, tuple[str, str]] = {}
        self.now_ms = 0
        self.batch = Batch(self._bounds)

    def configure(self, config: Config) -> None:
        """Take other names and limits; call it between two batches."""
        self.holders.configure(config)
        self.types.clear()
        self.errors.clear()

    def begin(self, now_ms: int) -> Batch:
        """The current batch; `now_ms` is when its payouts count as seen."""
        self.now_ms = now_ms
        return self.batch

    def use(self, batch: Batch | None) -> Batch:
        """Fold into another batch from now on, a new one if None; the one so far is returned."""
        earlier, self.batch = self.batch, batch or Batch(self._bounds)
        return earlier

    def feed(
        self, text: bytes, at: int, left: int, results: dict[str, int], packed: "Packed | None"
    ) -> tuple[int, int]:
        """`swift.feed` where that was compiled, else nothing is done."""
        return (at, left) if swift is None else swift.feed(self, text, at, left, results, packed)

    def fold(self, record: Record) -> str:
        """Count one record; whether it was accepted, amended something, or added nothing."""
        identity = record.id
        if identity is None:
            result = self._without_id(record)
        else:
            key = key_of(identity)
            state = self.ids.get(key)
            result = self._first(record, key) if state is None else self._again(record, key, state)
        if record.unknown and result != DUPLICATE:
            unknown = self.batch.exporter.unknown
            for field in record.unknown:
                unknown[field] += 1
        return result

    def _without_id(self, record: Record) -> str:
        if record.event and record.compensation is None:
            return DUPLICATE
        tally = self.holders.tally(self.batch, record.who)
        if not record.event:
            self._count(record, tally)
        if record.compensation is not None:
            self._pay_first(record, tally, record.time_ms, f"unknown-{self.payouts.next_number()}")
        return ACCEPTED

    def _first(self, record: Record, key: IdKey) -> str:
        """The first line of an id: a request, or a payout that comes before its request."""
        compensation = record.compensation
        if record.event and compensation is None:
            return DUPLICATE
        batch = self.batch
        tally = self.holders.tally(batch, record.who)
        flags = 0 if compensation is None else PAID
        if not record.event:
            self._count(record, tally)
            flags |= REQUEST if record.bill is None else REQUEST | BILLED
        state = pack(flags, tally.holder, record.time_ms or 0)
        evicted = self.ids.add(key, state, batch.new_ids)
        if evicted is not None:
            batch.exporter.evicted_ids += 1
            self.payouts.forget(evicted)
        if compensation is not None:
            assert record.id is not None  # _first is called with a key
            self._remember(key, record, tally.holder)
            self._pay_first(record, tally, record.time_ms, record.id)
        return ACCEPTED

    def _again(self, record: Record, key: IdKey, state: int) -> str:
        """A line of an id that is known: it adds only what was missing."""
        counted = state
        result = DUPLICATE
        if not record.event and not state & REQUEST:
            tally = self.holders.tally(self.batch, record.who)
            self._count(record, tally)
            flags = state & PAID | REQUEST | (0 if record.bill is None else BILLED)
            state = pack(flags, tally.holder, record.time_ms or 0)
            result = ACCEPTED
        elif not record.event and record.bill is not None and not state & BILLED:
            self._bill(record.bill, self.holders.tally_of(self.batch, holder_of(state)))
            state |= BILLED
            result = AMENDED
        if record.compensation is not None:
            paid = self._pay_again(record, key, state)
            if paid is not None:
                state |= PAID
                result = paid if result == DUPLICATE else result
        if state != counted:
            self.ids.update(key, state)
            self.batch.changed_ids[key] = state
        return result

    def _pay_again(self, record: Record, key: IdKey, state: int) -> str | None:
        """Count the payout of a known id where it is new or higher; the line's result."""
        compensation = record.compensation
        assert compensation is not None  # the caller checked
        assert record.id is not None
        is_request = bool(state & REQUEST)
        earlier = self.payouts.get(key, compensation.type) if state & PAID else None
        if earlier is None:
            tally = (
                self.holders.tally_of(self.batch, holder_of(state))
                if is_request
                else self.holders.tally(self.batch, record.who)
            )
            self._remember(key, record, tally.holder)
            time_ms = time_of(state) if is_request else record.time_ms
            self._pay_first(record, tally, time_ms, record.id)
            return AMENDED if is_request else ACCEPTED
        rise = compensation.payout - earlier.payout
        if rise <= 0:
            return None
        tally = self.holders.tally_of(
            self.batch, holder_of(state) if is_request else earlier.holder
        )
        kind = self._label("compensation_type", compensation.type)
        tally.payouts[kind] += rise
        self._remember(key, record, earlier.holder)
        shown = self.spaces["compensation_type"].shown(compensation.type)
        self.batch.revised[(request_facts(record, record.id)[0], shown)] = compensation.payout
        return AMENDED

    def _remember(self, key: IdKey, record: Record, holder: int) -> None:
        assert record.compensation is not None  # the caller checked
        self.batch.exporter.evicted_ids += self.payouts.remember(key, record.compensation, holder)

    def _pay_first(
        self, record: Record, tally: KeyTally, time_ms: int | None, identity: str
    ) -> None:
        compensation = record.compensation
        assert compensation is not None  # the caller checked
        kind = self._label("compensation_type", compensation.type)
        tally.compensations[kind] += 1
        tally.payouts[kind] += compensation.payout
        _key, model, _provider, plan = tally.labels
        histogram = self.batch.payout((model, plan, kind)).payout
        histogram.observe(compensation.payout, record.id, compensation.paid_ms or time_ms or 0)
        if compensation.paid_ms is not None and time_ms and compensation.paid_ms >= time_ms:
            delay = (compensation.paid_ms - time_ms) * 1000
            self.batch.delay(kind).delay.observe(delay)
        detail = self.payouts.detail(record, identity, tally, self.spaces, time_ms, self.now_ms)
        self.batch.details.append(detail)

    def _count(self, record: Record, tally: KeyTally) -> None:
        """Count a request: its outcome, tokens, bill, finish and speed."""
        batch = self.batch
        model = tally.model
        model.finish[record.finish] += 1
        outcome = record.outcome
        if outcome == "success":
            tally.success += 1
            observe_speed(record, model)
        elif outcome == "error":
            tally.error += 1
            name = record.error_type or ""
            model.errors[self.errors.get(name) or self._error_type(name)] += 1
        else:
            tally.cancelled += 1
        if record.tokens:
            self._count_tokens(record, tally)
        if record.searches:
            tally.search_requests += 1
            tally.search_calls += record.searches
        if record.bill is not None:
            self._bill(record.bill, tally)
        time_ms = record.time_ms or 0
        if batch.newest_ms < time_ms <= self.now_ms + _DAY_MS:
            batch.newest_ms = time_ms

    def _count_tokens(self, record: Record, tally: KeyTally) -> None:
        types, totals, searches = self.types, tally.tokens, record.searches
        for code, number in record.tokens.items():  # type: ignore[union-attr]
            pair = types.get(code)
            if pair is None:
                if code in UNITS:
                    tally.units[code] += number
                    continue
                pair = self._token_type(code)
            if searches:
                tally.search_tokens[pair[0]] += number
            totals[pair] += number

    def _token_type(self, code: str) -> tuple[str, str]:
        """(direction, token type) of a code; cached while it is not folded."""
        value = self._label("token_type", code)
        pair = (direction(code), value)
        if value != OTHER:
            self.types[code] = pair
        return pair

    def _error_type(self, name: str) -> tuple[str, str]:
        """(error type, responsibility) of a type; cached while there is nothing to note."""
        kind = self._label("error_type", name)
        owner = responsible(name)
        if owner == UNKNOWN and name != UNKNOWN:
            self.batch.exporter.unknown["error_type"] += 1
        elif kind != OTHER:
            self.errors[name] = (kind, owner)
        return kind, owner

    def _bill(self, bill: Bill, tally: KeyTally) -> None:
        known, items = self.items.known, tally.items
        for code, amount in bill.items.items():
            item = known.get(code)
            if item is None:
                item = self._label("item", code)
            items[item] += amount
        tally.discount += bill.discount
        if bill.mismatch:
            self.batch.exporter.mismatches += 1

    def _label(self, name: str, raw: str) -> str:
        """The value under which a raw one is shown; counted where that is `other`."""
        value = self.spaces[name].resolve(raw)
        if value == OTHER:
            self.batch.exporter.overflow[name] += 1
        return value

    def seal(self, *, existing_counted: bool = False) -> Delta:
        """The batch as a delta; the next record starts a new batch."""
        return finish(self.sealing(existing_counted=existing_counted))

    def sealing(self, *, existing_counted: bool = False) -> Generator[None, None, Delta]:
        """The same with pauses of its own choice, in which nothing may be counted."""
        batch, self.batch = self.batch, Batch(self._bounds)
        sealed = yield from seal(batch, self.series)
        admitted, self.holders.admitted[:] = tuple(self.holders.admitted), []
        paid, forgotten = self.payouts.take_changes()
        return Delta(
            **sealed,
            ids=len(self.ids),
            id_window=self.ids.limit,
            paid=paid,
            forgotten=forgotten,
            numbered=self.payouts.numbered,
            holders=self.holders.take_new(),
            admitted=admitted,
            existing_counted=existing_counted,
            last_birth=self.series.births,
            sealed_ms=self.now_ms,
        )
