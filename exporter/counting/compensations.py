"""A bounded store of counted payouts, and the rows of compensated requests."""

from collections import OrderedDict
from typing import final

from ..records import Compensation, Record
from ..values.fixed_point import (
    MILLISECOND_PLACES,
    QUANTITY_PLACES,
    RATE_PLACES,
    USD_PLACES,
    decimal_text,
)
from ..values.labels import OTHER, UNKNOWN, shown_id
from .delta import CompensatedRequest, CountedPayout, IdKey
from .label_limits import LabelLimiter
from .label_sets import LabelSet
from .request_facts import input_tokens


@final
class CountedPayouts:
    """The newest payouts by id and type."""

    def __init__(self, limit: int) -> None:
        """`limit`: payouts."""
        self._limit = limit
        self._size = 0
        # A plain dict would scan all its deleted entries to find the oldest one.
        self._counted: OrderedDict[IdKey, dict[str, CountedPayout]] = OrderedDict()
        self._changed: dict[tuple[IdKey, str], CountedPayout] = {}
        self._forgotten: list[IdKey] = []

    def get(self, key: IdKey, kind: str) -> CountedPayout | None:
        """Return the payout counted for an id and type."""
        kinds = self._counted.get(key)
        return None if kinds is None else kinds.get(kind)

    def remember(self, key: IdKey, compensation: Compensation, label_set: int) -> bool:
        """Store a counted payout; return True if that evicted an old one."""
        counted = CountedPayout(compensation.payout, label_set)
        self.restore(key, compensation.type, counted)
        self._changed[(key, compensation.type)] = counted
        if self._size > self._limit:
            self.forget(next(iter(self._counted)))
            return True
        return False

    def forget(self, key: IdKey) -> None:
        """Drop the payouts of an id that left the deduplication index."""
        kinds = self._counted.pop(key, None)
        if kinds is not None:
            self._size -= len(kinds)
            for kind in kinds:
                self._changed.pop((key, kind), None)
            self._forgotten.append(key)

    def take_changes(
        self,
    ) -> tuple[dict[tuple[IdKey, str], CountedPayout], tuple[IdKey, ...]]:
        """Return (counted, forgotten) since the last call; an id in both was forgotten first."""
        changed, self._changed = self._changed, {}
        forgotten, self._forgotten = tuple(self._forgotten), []
        return changed, forgotten

    def restore(self, key: IdKey, kind: str, counted: CountedPayout) -> None:
        """Restore a payout that was counted before a restart."""
        kinds = self._counted.setdefault(key, {})
        self._size += kind not in kinds
        kinds[kind] = counted


def compensated_request(
    record: Record,
    identity: str,
    labels: LabelSet,
    limiters: dict[str, LabelLimiter],
    time_ms: int | None,
    seen_ms: int,
) -> CompensatedRequest:
    """Return the row of a compensated request; missing values are `unknown`.

    Label limits don't apply: a value that came too late for the counters is shown as it is.
    """
    compensation = record.compensation
    assert compensation is not None  # only compensated requests have a row
    raw_key, raw_model, raw_provider, _ = record.labels
    api_key, model, provider, plan = labels.labels
    facts = fact_labels(
        record.finish_reason,
        None if record.quantities is None else input_tokens(record.quantities),
        None if record.quantities is None else record.output_tokens,
        None if record.bill is None else record.bill.total,
        record.latency,
        record.throughput,
    )
    return CompensatedRequest(
        generation_id=shown_id(identity),
        model=_unfolded(limiters["model"], raw_model, model),
        provider=_unfolded(limiters["provider"], raw_provider, provider),
        api_key=_unfolded(limiters["api_key"], raw_key, api_key),
        plan=plan,
        compensation_type=limiters["compensation_type"].unlimited(compensation.type),
        **facts,
        payout=compensation.payout,
        time_ms=time_ms,
        seen_ms=seen_ms,
    )


def fact_labels(
    finish_reason: str,
    inputs: int | None,
    outputs: int | None,
    cost: int | None,
    latency: int | None,
    throughput: int | None,
) -> dict[str, str]:
    """Return the labels of a request's facts by name; missing ones are `unknown`."""
    return {
        "finish_reason": finish_reason,
        "input_tokens": _number(inputs, QUANTITY_PLACES),
        "output_tokens": _number(outputs, QUANTITY_PLACES),
        "cost_usd": _number(cost, USD_PLACES),
        "latency_ms": _number(latency, MILLISECOND_PLACES),
        "throughput": _number(throughput, RATE_PLACES),
    }


def _unfolded(limiter: LabelLimiter, raw: str | None, counted: str) -> str:
    return limiter.unlimited(raw) if counted == OTHER and raw is not None else counted


def _number(value: int | None, places: int) -> str:
    return UNKNOWN if value is None else decimal_text(value, places)
