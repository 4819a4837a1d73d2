"""Count the parts of a request in the series of its label set."""

from typing import Final, final

from ..catalogue import families, own
from ..catalogue.metric import Metric
from ..records import Bill, Compensation, Record
from ..rules.outcome import ERROR, SUCCESS
from ..rules.responsibility import responsible
from ..rules.tokens import UNITS, direction
from ..values.labels import OTHER, UNKNOWN
from .deduplication import (
    BILL,
    DURATION,
    FIRST_TOKEN,
    GENERATION,
    QUANTITIES,
    SEARCHES,
    SPEED,
    THROUGHPUT,
)
from .label_limits import LabelLimiter
from .label_sets import LabelSet, ModelSeries
from .series import Counter, Histogram, SeriesRegistry

_MICROSECONDS: Final = 1000  # in a millisecond
# By attribute of `ModelSeries`.
_SPEED: Final = {
    "first_token": families.TIME_TO_FIRST_TOKEN,
    "duration": families.REQUEST_DURATION,
    "generation": families.GENERATION_DURATION,
    "throughput": families.THROUGHPUT,
}
_SERIES_LABEL: Final = "series"  # the overflow label of a full family


@final
class RequestCounts:
    """Counts of requests in series; also counts overflows and unknown values."""

    def __init__(self, series: SeriesRegistry, limiters: dict[str, LabelLimiter]) -> None:
        """`limiters` by label."""
        self._series = series
        self._limiters = limiters

    def count(self, record: Record, labels: LabelSet, flags: int) -> None:
        """Count a request and all its parts; its flags say which speeds it has."""
        model, outcome, reason = labels.model, record.outcome, record.finish_reason
        counter = model.finish_reasons.get(reason)
        if counter is None:
            counter = self._finish_reason(model, reason)
        self._series.add(counter, 1)
        counter = labels.outcomes.get(outcome)
        if counter is None:
            counter = self._outcome(labels, outcome)
        self._series.add(counter, 1)
        if outcome == SUCCESS:
            self._observe_speed(record, model, flags, record.time_ms or 0)
        elif outcome == ERROR:
            self._count_error(model, record.error_type or UNKNOWN)
        if record.quantities:
            self._count_quantities(record, labels)
        elif record.token_mismatch:
            # The usage has a total but no parts.
            self.count_own(own.TOKEN_MISMATCH, (), 1)
        if record.web_searches:
            self._count_searches(record, labels)
        if record.bill is not None:
            self._count_bill(record.bill, labels)

    def amend(self, record: Record, labels: LabelSet, missing: int, time_ms: int) -> None:
        """Count the parts (flags) that a counted request lacked; `time_ms`: the request's time."""
        if missing & SPEED:
            self._observe_speed(record, labels.model, missing, time_ms)
        if missing & QUANTITIES:
            self._count_quantities(record, labels)
        if missing & SEARCHES:
            self._count_searches(record, labels)
        if missing & BILL and record.bill is not None:
            self._count_bill(record.bill, labels)

    def _count_bill(self, bill: Bill, labels: LabelSet) -> None:
        """Count what a request cost."""
        items = labels.items
        for code, amount in bill.items.items():
            counter = items.get(code)
            if counter is None:
                counter = self._item(labels, code)
            self._series.add(counter, amount)
        if bill.discount:
            self._add_plain(families.DISCOUNT, labels, bill.discount)
        if bill.mismatch:
            self.count_own(own.BILLING_MISMATCH, (), 1)

    def _count_searches(self, record: Record, labels: LabelSet) -> None:
        self._add_plain(families.WEB_SEARCH_REQUESTS, labels, 1)
        self._add_plain(families.WEB_SEARCH_CALLS, labels, record.web_searches)

    def count_payout(
        self,
        compensation: Compensation,
        labels: LabelSet,
        identity: str | None,
        time_ms: int | None,
    ) -> None:
        """Count a request's first payout of a type; `time_ms`: the request's time, if known."""
        kind = self.limited("compensation_type", compensation.type)
        self._add(families.COMPENSATIONS, (*labels.labels, kind), 1)
        self._add(families.PAYOUT, (*labels.labels, kind), compensation.payout)
        _, model, _, plan = labels.labels
        payouts = self._histogram(families.PAYOUT_PER_REQUEST, (model, plan, kind))
        seen_ms = compensation.paid_ms or time_ms or 0
        self._series.observe(payouts, compensation.payout, identity, seen_ms)
        if compensation.paid_ms is not None and time_ms and compensation.paid_ms >= time_ms:
            delay = (compensation.paid_ms - time_ms) * _MICROSECONDS
            self._series.observe(self._histogram(families.PAYOUT_DELAY, (kind,)), delay, None, 0)

    def raise_payout(self, raw_type: str, labels: LabelSet, amount: int) -> None:
        """Add the increase of a payout; histogram and count have only its first amount."""
        kind = self.limited("compensation_type", raw_type)
        self._add(families.PAYOUT, (*labels.labels, kind), amount)

    def limited(self, label: str, raw: str) -> str:
        """Return the label value for a raw value; count an overflow if that is `other`."""
        value = self._limiters[label].resolve(raw)
        if value == OTHER:
            self.count_overflow(label)
        return value

    def count_overflow(self, label: str) -> None:
        """Count an overflow of a label."""
        self.count_own(own.LABEL_OVERFLOW, (label,), 1)

    def count_own(self, metric: Metric, labels: tuple[str, ...], amount: int) -> None:
        """Add to one of the exporter's own counters; 0 only creates it."""
        counter, _ = self._series.counter(metric, labels)
        if amount:
            self._series.add(counter, amount)

    def _outcome(self, labels: LabelSet, outcome: str) -> Counter:
        """Return the counter of an outcome; success and error exist from the first request on."""
        for word in (SUCCESS, ERROR):
            self._series.counter(families.REQUESTS, (*labels.labels, word))
        return self._keep(labels.outcomes, outcome, families.REQUESTS, (*labels.labels, outcome))

    def _finish_reason(self, model: ModelSeries, reason: str) -> Counter:
        labels = (*model.labels, reason)
        return self._keep(model.finish_reasons, reason, families.FINISH_REASONS, labels)

    def _count_error(self, model: ModelSeries, raw: str) -> None:
        counter = model.errors.get(raw)
        if counter is None:
            kind = self.limited("error_type", raw)
            owner = responsible(raw)
            labels = (*model.labels, kind, owner)
            if owner == UNKNOWN and raw != UNKNOWN:
                # Not cached, since each one is counted as unknown.
                self.count_own(own.UNKNOWN_VALUES, ("error_type",), 1)
                counter = self._counter(families.REQUEST_ERRORS, labels)
            elif kind != raw:
                # Not cached, since the spellings of a type are endless.
                counter = self._counter(families.REQUEST_ERRORS, labels)
            else:
                counter = self._keep(model.errors, raw, families.REQUEST_ERRORS, labels)
        self._series.add(counter, 1)

    def _count_quantities(self, record: Record, labels: LabelSet) -> None:
        quantities, known = record.quantities, labels.quantities
        assert quantities is not None  # the caller checked
        searched = record.web_searches > 0
        for code, number in quantities.items():
            counter = known.get(code)
            if counter is None:
                counter = self._quantity(labels, code)
            self._series.add(counter, number)
            if searched and code not in UNITS:
                searches = (*labels.labels, direction(code))
                self._add(families.WEB_SEARCH_TOKENS, searches, number)
        if record.token_mismatch:
            self.count_own(own.TOKEN_MISMATCH, (), 1)

    def _quantity(self, labels: LabelSet, code: str) -> Counter:
        """Return the counter of a fee item code: a unit's or a token type's."""
        if code in UNITS:
            return self._keep(
                labels.quantities, code, families.BILLED_UNITS, (*labels.labels, code)
            )
        value = self.limited("token_type", code)
        extended = (*labels.labels, direction(code), value)
        if value == OTHER:
            return self._counter(families.TOKENS, extended)
        return self._keep(labels.quantities, code, families.TOKENS, extended)

    def _item(self, labels: LabelSet, code: str) -> Counter:
        value = self.limited("item", code)
        extended = (*labels.labels, value)
        if value == OTHER:
            return self._counter(families.COST, extended)
        return self._keep(labels.items, code, families.COST, extended)

    def _add_plain(self, metric: Metric, labels: LabelSet, amount: int) -> None:
        """Add to a counter that has no further labels."""
        counter = labels.plain.get(metric.name)
        if counter is None:
            counter = self._keep(labels.plain, metric.name, metric, labels.labels)
        self._series.add(counter, amount)

    def _add(self, metric: Metric, labels: tuple[str, ...], amount: int) -> None:
        self._series.add(self._counter(metric, labels), amount)

    def _counter(self, metric: Metric, labels: tuple[str, ...]) -> Counter:
        counter, folded = self._series.counter(metric, labels)
        if folded:
            self.count_overflow(_SERIES_LABEL)
        return counter

    def _keep(
        self, known: dict[str, Counter], name: str, metric: Metric, labels: tuple[str, ...]
    ) -> Counter:
        """Return a counter and cache it, unless it overflowed, as each overflow is counted."""
        counter, folded = self._series.counter(metric, labels)
        if folded:
            self.count_overflow(_SERIES_LABEL)
        else:
            known[name] = counter
        return counter

    def _histogram(self, metric: Metric, labels: tuple[str, ...]) -> Histogram:
        histogram, folded = self._series.histogram(metric, labels)
        if folded:
            self.count_overflow(_SERIES_LABEL)
        return histogram

    def _observe_speed(self, record: Record, model: ModelSeries, parts: int, time_ms: int) -> None:
        """Observe the latencies and the throughput of a request."""
        identity = record.id
        if parts & FIRST_TOKEN:
            first = model.first_token or self._speed(model, "first_token")
            self._series.observe(first, record.latency or 0, identity, time_ms)
        if parts & DURATION:
            whole = model.duration or self._speed(model, "duration")
            taken = (record.latency or 0) + (record.generation or 0)
            self._series.observe(whole, taken, identity, time_ms)
        if parts & GENERATION:
            generating = model.generation or self._speed(model, "generation")
            self._series.observe(generating, record.generation or 0, None, 0)
        if parts & THROUGHPUT:
            rate = model.throughput or self._speed(model, "throughput")
            self._series.observe(rate, record.throughput or 0, None, 0)

    def _speed(self, model: ModelSeries, attribute: str) -> Histogram:
        """Return a histogram and cache it, unless it overflowed, as each overflow is counted."""
        histogram, folded = self._series.histogram(_SPEED[attribute], model.labels)
        if folded:
            self.count_overflow(_SERIES_LABEL)
        else:
            setattr(model, attribute, histogram)
        return histogram
