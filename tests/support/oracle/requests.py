"""Count the parts of a record: request, tokens, bill, speed, payouts."""

from dataclasses import dataclass, field
from decimal import Decimal

from .labels import NAMES, Labels, RequestLabels
from .outcome import responsible
from .records import UNITS, Record, direction
from .tallies import Tallies


@dataclass(slots=True)
class CountedId:
    """What has been counted for a generation id."""

    labels: RequestLabels
    time: int | None
    is_request: bool
    outcome: str = ""
    has_bill: bool = False
    has_tokens: bool = False
    has_searches: bool = False
    observed: set[str] = field(default_factory=set)
    payouts: dict[str, tuple[Decimal, RequestLabels]] = field(default_factory=dict)


class Requests:
    """Adds the parts of records to tallies."""

    def __init__(self, tallies: Tallies, labels: Labels) -> None:
        """Share both with the oracle."""
        self._tallies = tallies
        self._labels = labels

    def count(self, record: Record, known: CountedId) -> None:
        """Count a new request with all its parts."""
        labels = dict(zip(NAMES, known.labels, strict=True))
        model = {name: labels[name] for name in NAMES[1:]}
        ending = record.ending
        known.outcome = ending.outcome
        for outcome in ("success", "error", ending.outcome):
            self._tallies.add("zenmux_requests_total", 0, outcome=outcome, **labels)
        self._tallies.add("zenmux_requests_total", outcome=ending.outcome, **labels)
        self._tallies.add("zenmux_finish_reasons_total", finish_reason=record.finish, **model)
        if ending.outcome == "error":
            kind = self._labels.value("error_type", ending.error)
            by = {"error_type": kind, "responsibility": responsible(ending.error)}
            self._tallies.add("zenmux_request_errors_total", **by, **model)
        self.add_speed(record, known)
        self._add_tokens(record, known)
        self.add_bill(record, known)

    def add_speed(self, record: Record, known: CountedId) -> bool:
        """Observe speeds that were not observed yet; return True if there were any."""
        if known.outcome != "success":
            return False
        latency, generation = record.latency, record.generation
        is_first_generation = "zenmux_generation_duration_seconds" not in known.observed
        both = None if latency is None or generation is None else latency + generation
        values = {
            "zenmux_time_to_first_token_seconds": latency if record.streamed else None,
            "zenmux_generation_duration_seconds": generation,
            "zenmux_request_duration_seconds": both,
            "zenmux_output_tokens_per_second": record.throughput(derive=is_first_generation),
        }
        model = dict(zip(NAMES[1:], known.labels[1:], strict=True))
        new = {name for name, value in values.items() if value is not None} - known.observed
        for name in new:
            self._tallies.observe(name, values[name] or Decimal(0), **model)
        known.observed |= new
        return bool(new)

    def amend_tokens(self, record: Record, known: CountedId) -> bool:
        """Count tokens, units and searches if the request had none; return True if it did."""
        if known.has_tokens or not record.tokens:
            return False
        self._add_tokens(record, known)
        return True

    def _add_tokens(self, record: Record, known: CountedId) -> None:
        known.has_tokens = bool(record.tokens)
        labels = dict(zip(NAMES, known.labels, strict=True))
        if record.usage.is_mismatch:
            self._tallies.add("zenmux_exporter_token_mismatch_total")
        if record.searches and not known.has_searches:
            known.has_searches = True
            self._tallies.add("zenmux_web_search_requests_total", **labels)
            self._tallies.add("zenmux_web_search_calls_total", record.searches, **labels)
        for code, number in record.tokens.items():
            self._add_quantity(code, number, labels, searched=bool(record.searches))

    def _add_quantity(
        self, code: str, number: Decimal, labels: dict[str, str], *, searched: bool
    ) -> None:
        if code in UNITS:
            self._tallies.add("zenmux_billed_units_total", number, unit=code, **labels)
            return
        way = direction(code)
        by = {"direction": way, "token_type": self._labels.value("token_type", code)}
        self._tallies.add("zenmux_tokens_total", number, **by, **labels)
        if searched:
            self._tallies.add("zenmux_web_search_tokens_total", number, direction=way, **labels)

    def add_bill(self, record: Record, known: CountedId) -> bool:
        """Count a bill, unless there was one; return True if it was counted."""
        if known.has_bill or record.bill.total is None:
            return False
        known.has_bill = True
        if record.bill.is_mismatch:
            self._tallies.add("zenmux_exporter_billing_mismatch_total")
        labels = dict(zip(NAMES, known.labels, strict=True))
        for code, amount in record.bill.items.items():
            if amount:
                item = self._labels.value("item", code)
                self._tallies.add("zenmux_cost_usd_total", amount, item=item, **labels)
        self._tallies.add("zenmux_discount_usd_total", record.bill.discount, **labels)
        return True

    def add_payout(self, record: Record, known: CountedId) -> str:
        """Count a payout, or its excess over the earlier one of its type."""
        own = self._labels.of_request(record) if not known.is_request else known.labels
        before, labels = known.payouts.get(record.payout_type, (None, own))
        if before is not None and record.payout <= before:
            return "duplicate"
        known.payouts[record.payout_type] = (record.payout, labels)
        kind = self._labels.value("compensation_type", record.payout_type)
        if before is None:
            self._count_payout(record, known, labels, kind)
        by = {"compensation_type": kind}
        by |= dict(zip(NAMES, known.labels if known.is_request else labels, strict=True))
        more = record.payout - (before or Decimal(0))
        self._tallies.add("zenmux_insurance_payout_usd_total", more, **by)
        return "accepted" if before is None and not known.is_request else "amended"

    def _count_payout(
        self, record: Record, known: CountedId, labels: RequestLabels, kind: str
    ) -> None:
        by = dict(zip(NAMES, labels, strict=True))
        self._tallies.add("zenmux_insurance_compensations_total", compensation_type=kind, **by)
        self._tallies.observe(
            "zenmux_insurance_payout_per_request_usd",
            record.payout,
            model=by["model"],
            plan=by["plan"],
            compensation_type=kind,
        )
        asked = known.time if known.is_request else record.time
        if asked is not None and record.paid is not None and record.paid >= asked:
            delay = Decimal(record.paid - asked) / 1000
            self._tallies.observe(
                "zenmux_insurance_payout_delay_seconds", delay, compensation_type=kind
            )
