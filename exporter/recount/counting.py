"""Lines in, totals out: the counting rules, over everything that was fed."""

import gzip
from bisect import bisect_left
from collections import OrderedDict, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import accumulate
from pathlib import Path

from . import values
from .lines import parse
from .reading import OUTPUT, UNITS, Facts, direction, read
from .settings import Settings
from .totals import Histogram, Key, Totals
from .values import Invalid

_OWNERS = {
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
Who = tuple[str, str, str, str]


@dataclass(slots=True)
class _Known:
    """What was counted of an id."""

    who: Who
    time: int | None
    request: bool
    billed: bool
    payouts: dict[str, tuple[Decimal, Who]] = field(default_factory=dict)


@dataclass(slots=True)
class _Observed:
    """One histogram: counts by bucket, and the sum."""

    counts: list[int]
    total: Decimal = Decimal(0)


class Recount:
    """Counts lines one after the other."""

    def __init__(self, settings: Settings | None = None) -> None:
        """Nothing fed yet."""
        self._settings = settings or Settings()
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._admitted: defaultdict[str, set[str]] = defaultdict(set)
        self._counters: defaultdict[Key, Decimal] = defaultdict(Decimal)
        self._observed: dict[Key, _Observed] = {}
        self._newest: int | None = None

    def feed_file(self, source: str, path: Path) -> None:
        """Every line of a file."""
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            for line in file:
                self.feed(source, line.removesuffix(b"\n"))

    def feed(self, source: str, line: bytes) -> str:
        """Count one line; its result, empty for a blank line."""
        try:
            record = parse(line, self._settings.max_line)
            if record is None:
                return ""
            result = self._count(read(record))
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
        if key not in self._observed:
            self._observed[key] = _Observed([0] * (len(bounds) + 1))
        seen = self._observed[key]
        seen.counts[bisect_left(bounds, value)] += 1
        seen.total = values.CONTEXT.add(seen.total, value)

    def _count(self, facts: Facts) -> str:
        known = None if facts.id is None else self._known.get(facts.id)
        if facts.event and facts.payout == 0:
            return "duplicate"
        if known is None:
            who = self._who(facts)
            known = _Known(who, facts.time, not facts.event, facts.bill is not None)
            if not facts.event:
                self._request(facts, who)
            if facts.id is not None:
                self._known[facts.id] = known
                if len(self._known) > self._settings.id_window:
                    self._known.popitem(last=False)
            if facts.payout:
                self._payout(facts, known, who)
            return "accepted"
        return self._again(facts, known)

    def _again(self, facts: Facts, known: _Known) -> str:
        result = "duplicate"
        if not facts.event and not known.request:
            known.who, known.time = self._who(facts), facts.time
            known.request, known.billed = True, facts.bill is not None
            self._request(facts, known.who)
            result = "accepted"
        elif not facts.event and facts.bill is not None and not known.billed:
            known.billed = True
            self._cost(facts, known.who)
            result = "amended"
        if facts.payout:
            paid = self._paid_again(facts, known)
            result = paid if result == "duplicate" else result
        return result

    def _paid_again(self, facts: Facts, known: _Known) -> str:
        earlier = known.payouts.get(facts.payout_type)
        if earlier is None:
            self._payout(facts, known, known.who if known.request else self._who(facts))
            return "amended" if known.request else "accepted"
        before, who = earlier
        if facts.payout <= before:
            return "duplicate"
        self._add(
            "zenmux_insurance_payout_usd_total",
            facts.payout - before,
            compensation_type=self._shown("compensation_type", facts.payout_type),
            **dict(zip(_NAMES, known.who if known.request else who, strict=True)),
        )
        known.payouts[facts.payout_type] = (facts.payout, who)
        return "amended"

    def _payout(self, facts: Facts, known: _Known, who: Who) -> None:
        known.payouts[facts.payout_type] = (facts.payout, who)
        kind = self._shown("compensation_type", facts.payout_type)
        labels = {**dict(zip(_NAMES, who, strict=True)), "compensation_type": kind}
        self._add("zenmux_insurance_compensations_total", **labels)
        self._add("zenmux_insurance_payout_usd_total", facts.payout, **labels)
        self._observe(
            "zenmux_insurance_payout_per_request_usd",
            facts.payout,
            model=who[1],
            plan=who[3],
            compensation_type=kind,
        )
        asked = known.time if known.request else facts.time
        if asked is not None and facts.paid is not None and facts.paid >= asked:
            delay = Decimal(facts.paid - asked) / 1000
            self._observe("zenmux_insurance_payout_delay_seconds", delay, compensation_type=kind)

    def _request(self, facts: Facts, who: Who) -> None:
        labels = dict(zip(_NAMES, who, strict=True))
        model = {name: labels[name] for name in ("model", "provider", "plan")}
        for outcome in ("success", "error", facts.outcome):
            self._add("zenmux_requests_total", 0, outcome=outcome, **labels)
        self._add("zenmux_requests_total", outcome=facts.outcome, **labels)
        self._add("zenmux_finish_reasons_total", finish_reason=facts.finish, **model)
        if facts.outcome == "error":
            kind = self._shown("error_type", facts.error)
            owners = (o for o, words in _OWNERS.items() if facts.error.lower() in words.split())
            owner = next(owners, "unknown")
            self._add("zenmux_request_errors_total", error_type=kind, responsibility=owner, **model)
        if facts.outcome == "success":
            self._speed(facts, model)
        self._tokens(facts, labels)
        if facts.bill is not None:
            self._cost(facts, who)
        self._newest = max(self._newest or 0, facts.time or 0)

    def _speed(self, facts: Facts, model: dict[str, str]) -> None:
        latency, generation = facts.latency, facts.generation
        if latency is not None and facts.streamed:
            self._observe("zenmux_time_to_first_token_seconds", latency, **model)
        if generation is not None:
            self._observe("zenmux_generation_duration_seconds", generation, **model)
        if latency is not None and generation is not None:
            self._observe("zenmux_request_duration_seconds", latency + generation, **model)
        if facts.rate is not None and any(facts.tokens.get(kind) for kind in OUTPUT):
            self._observe("zenmux_output_tokens_per_second", facts.rate, **model)

    def _tokens(self, facts: Facts, labels: dict[str, str]) -> None:
        if facts.calls:
            self._add("zenmux_web_search_requests_total", **labels)
            self._add("zenmux_web_search_calls_total", facts.calls, **labels)
        for code, number in facts.tokens.items():
            if not number:
                continue
            if code in UNITS:
                self._add("zenmux_billed_units_total", number, unit=code, **labels)
                continue
            way = direction(code)
            kind = self._shown("token_type", code)
            self._add("zenmux_tokens_total", number, direction=way, token_type=kind, **labels)
            if facts.calls:
                self._add("zenmux_web_search_tokens_total", number, direction=way, **labels)

    def _cost(self, facts: Facts, who: Who) -> None:
        labels = dict(zip(_NAMES, who, strict=True))
        for code, amount in facts.items.items():
            if amount:
                item = self._shown("item", code)
                self._add("zenmux_cost_usd_total", amount, item=item, **labels)
        self._add("zenmux_discount_usd_total", facts.discount, **labels)

    def _who(self, facts: Facts) -> Who:
        key = (facts.key or "").strip()
        name, plan = self._settings.keys.get(key, (None, None))
        if facts.plan is None:
            plan = plan or ("subscription" if key.startswith("sk-ss-") else "payg")
        else:
            plan = facts.plan
        return (
            name or self._shown("api_key", values.label(facts.key)),
            self._shown("model", values.label(facts.model)),
            self._shown("provider", values.label(facts.provider)),
            self._shown("plan", values.label(plan)),
        )

    def _shown(self, name: str, value: str) -> str:
        """The label value after display names, lists and limits."""
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
        """Everything counted so far."""
        counters = {
            key: total
            for key, total in self._counters.items()
            if total or dict(key[1]).get("outcome") in ("success", "error")
        }
        histograms = {key: self._histogram(key[0], seen) for key, seen in self._observed.items()}
        newest = None if self._newest is None else Decimal(self._newest) / 1000
        return Totals(counters, histograms, newest)

    def _histogram(self, name: str, seen: _Observed) -> Histogram:
        bounds = self._settings.buckets[_BUCKETS.get(name, "duration")]
        cumulative = tuple(
            zip((*bounds, Decimal("Infinity")), accumulate(seen.counts), strict=True)
        )
        return Histogram(cumulative, sum(seen.counts), seen.total)
