"""What one line of a request log says, in base units: read and checked, not yet counted."""

from typing import final

# The labels of a request as its record spells them, None where absent: API key, model, provider,
# plan. A plain tuple, because one is made for each line and looked up.
RawLabels = tuple[str | None, ...]


@final
class Bill:
    """What a request cost, in pico-USD; the items always add up to the total.

    `mismatch`: the record's own items did not. `has_unknown`: one of its items is not a known one.
    """

    __slots__ = ("discount", "has_unknown", "items", "mismatch", "total")

    def __init__(
        self, total: int, items: dict[str, int], discount: int, mismatch: bool, has_unknown: bool
    ) -> None:
        """Store amounts, none of them negative."""
        self.total = total
        self.items = items
        self.discount = discount
        self.mismatch = mismatch
        self.has_unknown = has_unknown


@final
class Compensation:
    """An insurance payout, in pico-USD, above zero; `paid_ms` in Unix milliseconds."""

    __slots__ = ("paid_ms", "payout", "type")

    def __init__(self, type_: str, payout: int, paid_ms: int | None) -> None:
        """`type_`: the compensation type as a label value."""
        self.type = type_
        self.payout = payout
        self.paid_ms = paid_ms


@final
class Record:
    """One request, or (`is_event`) one payout reported on its own.

    `quantities` holds what was billed by fee item code, units such as `web_search` included, zeros
    left out; None if the record reports none. Durations are microseconds, `throughput` millionths
    of a token per second. `unknown` names the fields whose values no rule lists, `faults` pairs
    the ignored ones with the reason. `token_mismatch`: the total of its usage fits no way to count
    the parts. `is_rate_derived`: the throughput is output tokens over generation time, not the
    record's own. `states_outcome`: the record states its outcome; else it is taken as a success.
    """

    __slots__ = (
        "bill",
        "compensation",
        "error_type",
        "faults",
        "finish_reason",
        "generation",
        "id",
        "is_event",
        "is_rate_derived",
        "labels",
        "latency",
        "outcome",
        "output_tokens",
        "quantities",
        "states_outcome",
        "streamed",
        "throughput",
        "time_ms",
        "token_mismatch",
        "unknown",
        "web_searches",
    )

    def __init__(
        self,
        id_: str | None,
        time_ms: int | None,
        is_event: bool,
        labels: RawLabels,
        outcome: str,
        finish_reason: str,
        error_type: str | None,
        quantities: dict[str, int] | None,
        output_tokens: int,
        web_searches: int,
        bill: Bill | None,
        latency: int | None,
        generation: int | None,
        throughput: int | None,
        streamed: bool,
        compensation: Compensation | None,
        unknown: tuple[str, ...],
        faults: tuple[tuple[str, str], ...],
        token_mismatch: bool,
        is_rate_derived: bool,
        states_outcome: bool,
    ) -> None:
        """Store the fields, as `rules.record.build_record` makes them."""
        self.id = id_
        self.time_ms = time_ms
        self.is_event = is_event
        self.labels = labels
        self.outcome = outcome
        self.finish_reason = finish_reason
        self.error_type = error_type
        self.quantities = quantities
        self.output_tokens = output_tokens
        self.web_searches = web_searches
        self.bill = bill
        self.latency = latency
        self.generation = generation
        self.throughput = throughput
        self.streamed = streamed
        self.compensation = compensation
        self.unknown = unknown
        self.faults = faults
        self.token_mismatch = token_mismatch
        self.is_rate_derived = is_rate_derived
        self.states_outcome = states_outcome

    def replace_payout(self, compensation: Compensation | None, is_event: bool) -> "Record":
        """Return the record with another payout, or as a payout reported on its own."""
        return Record(
            self.id,
            self.time_ms,
            is_event,
            self.labels,
            self.outcome,
            self.finish_reason,
            self.error_type,
            self.quantities,
            self.output_tokens,
            self.web_searches,
            self.bill,
            self.latency,
            self.generation,
            self.throughput,
            self.streamed,
            compensation,
            () if is_event else self.unknown,
            () if is_event else self.faults,
            self.token_mismatch,
            self.is_rate_derived,
            self.states_outcome,
        )
