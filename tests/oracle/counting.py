"""Count lines by the rules of docs/counting.md, in memory and one after the other."""

import gzip
from bisect import bisect_left
from collections import OrderedDict, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import accumulate
from pathlib import Path

from . import values
from .json_lines import parse
from .records import OUTPUT, UNITS, Record, direction, read
from .settings import Settings
from .totals import Histogram, Key, Totals
from .values import Invalid

_RESPONSIBLE = {
    "client": "invalid_params access_denied safety_check_failed model_not_available invalid_model "
    "model_not_supported provider_unprocessable_entity_error 400 403 404 413 422",
    "quota": "insufficient_credit reject_no_credit quote_exceeded rate_limit 402 429",
    "platform": "internal_server_error no_provider_available 502",
    "provider": "provider_api_error provider_error provider_internal_server_error 520 524",
}
_BUCKETS = {
    "zenmux_output_tokens_per_second": "throughput",
    "zenmux_insurance_payout_per_request_usd": "payout",
    "zenmux_insurance_payout_delay_seconds": "payout_delay",
}
_NAMES = ("api_key", "model", "provider", "plan")
RequestLabels = tuple[str, str, str, str]


@dataclass(slots=True)
class _CountedId:
    """What has been counted for a generation id."""

    labels: RequestLabels
    time: int | None
    is_request: bool
    is_billed: bool
    payouts: dict[str, tuple[Decimal, RequestLabels]] = field(default_factory=dict)


@dataclass(slots=True)
class _Observations:
    """A histogram: counts by bucket, and the sum."""

    counts: list[int]
    total: Decimal = Decimal(0)


class Oracle:
    """Counts every line that it is fed."""

    def __init__(self, settings: Settings | None = None) -> None:
        """Start from zero."""
        self._settings = settings or Settings()
        self._known: OrderedDict[str, _CountedId] = OrderedDict()
        self._admitted: defaultdict[str, set[str]] = defaultdict(set)
        self._counters: defaultdict[Key, Decimal] = defaultdict(Decimal)
        self._histograms: dict[Key, _Observations] = {}
        self._newest: int | None = None

    def feed_file(self, source: str, path: Path) -> None:
        """Count every line of a file, plain or gzip."""
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            for line in file:
                self.feed(source, line.removesuffix(b"\n"))

    def feed(self, source: str, line: bytes) -> str:
        """Count one line and return its result, empty for a blank line."""
        try:
            raw = parse(line, self._settings.max_line)
            if raw is None:
                return ""
            result = self._count(read(raw))
        except Invalid as invalid:
            reason = str(invalid)
            self._add("zenmux_exporter_invalid_records_total", source=source, reason=reason)
            result = "invalid"
        self._add("zenmux_exporter_records_total", source=source, result=result)
        return result

    def _add(self, name: str, amount: Decimal | int = 1, /, **labels: str) -> None:
        key = (name, tuple(sorted(labels.items())))
        self._counters[key] = values.CONTEXT.add(self._counters[key], Decimal(amount))

    def _observe(self, name: str, value: Decimal, /, **labels: str) -> None:
        key = (name, tuple(sorted(labels.items())))
        bounds = self._settings.buckets[_BUCKETS.get(name, "duration")]
        if key not in self._histograms:
            self._histograms[key] = _Observations([0] * (len(bounds) + 1))
        seen = self._histograms[key]
        seen.counts[bisect_left(bounds, value)] += 1
        seen.total = values.CONTEXT.add(seen.total, value)

    def _count(self, record: Record) -> str:
        known = None if record.id is None else self._known.get(record.id)
        if record.event and record.payout == 0:
            return "duplicate"
        if known is None:
            request_labels = self._request_labels(record)
            known = _CountedId(
                request_labels, record.time, not record.event, record.bill is not None
            )
            if not record.event:
                self._count_request(record, request_labels)
            if record.id is not None:
                self._known[record.id] = known
                if len(self._known) > self._settings.id_window:
                    self._known.popitem(last=False)
            if record.payout:
                self._count_payout(record, known, request_labels)
            return "accepted"
        return self._amend(record, known)

    def _amend(self, record: Record, known: _CountedId) -> str:
        result = "duplicate"
        if not record.event and not known.is_request:
            known.labels, known.time = self._request_labels(record), record.time
            known.is_request, known.is_billed = True, record.bill is not None
            self._count_request(record, known.labels)
            result = "accepted"
        elif not record.event and record.bill is not None and not known.is_billed:
            known.is_billed = True
            self._count_cost(record, known.labels)
            result = "amended"
        if record.payout:
            paid = self._amend_payout(record, known)
            result = paid if result == "duplicate" else result
        return result

    def _amend_payout(self, record: Record, known: _CountedId) -> str:
        earlier = known.payouts.get(record.payout_type)
        if earlier is None:
            self._count_payout(
                record, known, known.labels if known.is_request else self._request_labels(record)
            )
            return "amended" if known.is_request else "accepted"
        before, request_labels = earlier
        if record.payout <= before:
            return "duplicate"
        self._add(
            "zenmux_insurance_payout_usd_total",
            record.payout - before,
            compensation_type=self._label_value("compensation_type", record.payout_type),
            **dict(zip(_NAMES, known.labels if known.is_request else request_labels, strict=True)),
        )
        known.payouts[record.payout_type] = (record.payout, request_labels)
        return "amended"

    def _count_payout(
        self, record: Record, known: _CountedId, request_labels: RequestLabels
    ) -> None:
        known.payouts[record.payout_type] = (record.payout, request_labels)
        kind = self._label_value("compensation_type", record.payout_type)
        labels = {**dict(zip(_NAMES, request_labels, strict=True)), "compensation_type": kind}
        self._add("zenmux_insurance_compensations_total", **labels)
        self._add("zenmux_insurance_payout_usd_total", record.payout, **labels)
        self._observe(
            "zenmux_insurance_payout_per_request_usd",
            record.payout,
            model=request_labels[1],
            plan=request_labels[3],
            compensation_type=kind,
        )
        asked = known.time if known.is_request else record.time
        if asked is not None and record.paid is not None and record.paid >= asked:
            delay = Decimal(record.paid - asked) / 1000
            self._observe("zenmux_insurance_payout_delay_seconds", delay, compensation_type=kind)

    def _count_request(self, record: Record, request_labels: RequestLabels) -> None:
        labels = dict(zip(_NAMES, request_labels, strict=True))
        model = {name: labels[name] for name in ("model", "provider", "plan")}
        for outcome in ("success", "error", record.outcome):
            self._add("zenmux_requests_total", 0, outcome=outcome, **labels)
        self._add("zenmux_requests_total", outcome=record.outcome, **labels)
        self._add("zenmux_finish_reasons_total", finish_reason=record.finish, **model)
        if record.outcome == "error":
            kind = self._label_value("error_type", record.error)
            owners = (
                o for o, words in _RESPONSIBLE.items() if record.error.lower() in words.split()
            )
            owner = next(owners, "unknown")
            self._add("zenmux_request_errors_total", error_type=kind, responsibility=owner, **model)
        if record.outcome == "success":
            self._observe_speed(record, model)
        self._count_tokens(record, labels)
        if record.bill is not None:
            self._count_cost(record, request_labels)
        self._newest = max(self._newest or 0, record.time or 0)

    def _observe_speed(self, record: Record, model: dict[str, str]) -> None:
        latency, generation = record.latency, record.generation
        if latency is not None and record.streamed:
            self._observe("zenmux_time_to_first_token_seconds", latency, **model)
        if generation is not None:
            self._observe("zenmux_generation_duration_seconds", generation, **model)
        if latency is not None and generation is not None:
            self._observe("zenmux_request_duration_seconds", latency + generation, **model)
        if record.rate is not None and any(record.tokens.get(kind) for kind in OUTPUT):
            self._observe("zenmux_output_tokens_per_second", record.rate, **model)

    def _count_tokens(self, record: Record, labels: dict[str, str]) -> None:
        if record.calls:
            self._add("zenmux_web_search_requests_total", **labels)
            self._add("zenmux_web_search_calls_total", record.calls, **labels)
        for code, number in record.tokens.items():
            if not number:
                continue
            if code in UNITS:
                self._add("zenmux_billed_units_total", number, unit=code, **labels)
                continue
            way = direction(code)
            kind = self._label_value("token_type", code)
            self._add("zenmux_tokens_total", number, direction=way, token_type=kind, **labels)
            if record.calls:
                self._add("zenmux_web_search_tokens_total", number, direction=way, **labels)

    def _count_cost(self, record: Record, request_labels: RequestLabels) -> None:
        labels = dict(zip(_NAMES, request_labels, strict=True))
        for code, amount in record.items.items():
            if amount:
                item = self._label_value("item", code)
                self._add("zenmux_cost_usd_total", amount, item=item, **labels)
        self._add("zenmux_discount_usd_total", record.discount, **labels)

    def _request_labels(self, record: Record) -> RequestLabels:
        key = (record.key or "").strip()
        name, plan = self._settings.keys.get(key, (None, None))
        if record.plan is None:
            plan = plan or ("subscription" if key.startswith("sk-ss-") else "payg")
        else:
            plan = record.plan
        return (
            name or self._label_value("api_key", values.label(record.key)),
            self._label_value("model", values.label(record.model)),
            self._label_value("provider", values.label(record.provider)),
            self._label_value("plan", values.label(plan)),
        )

    def _label_value(self, name: str, value: str) -> str:
        """Apply display names, allow and deny lists and limits."""
        display = self._settings.display.get(name, {})
        shown = display.get(value, value)
        if shown in self._settings.deny.get(name, ()):
            return "other"
        if shown != value or shown == "other" or shown in self._admitted[name]:
            return shown
        allow = self._settings.allow.get(name)
        configured = {n for n, _ in self._settings.keys.values()} if name == "api_key" else set()
        if shown in configured or shown in display.values() or (allow and shown in allow):
            return shown
        if allow or len(self._admitted[name]) >= self._settings.limits[name]:
            return "other"
        self._admitted[name].add(shown)
        return shown

    def totals(self) -> Totals:
        """Return everything counted so far."""
        counters = {
            key: total
            for key, total in self._counters.items()
            if total or dict(key[1]).get("outcome") in ("success", "error")
        }
        histograms = {key: self._histogram(key[0], seen) for key, seen in self._histograms.items()}
        newest = None if self._newest is None else Decimal(self._newest) / 1000
        return Totals(counters, histograms, newest)

    def _histogram(self, name: str, seen: _Observations) -> Histogram:
        bounds = self._settings.buckets[_BUCKETS.get(name, "duration")]
        cumulative = tuple(
            zip((*bounds, Decimal("Infinity")), accumulate(seen.counts), strict=True)
        )
        return Histogram(cumulative, sum(seen.counts), seen.total)
