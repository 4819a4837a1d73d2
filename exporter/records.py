"""What one line of a request log says, in base units: decoded, checked, not yet counted."""

import msgspec


class Bill(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What a request cost, in pico-USD; the items always add up to the total."""

    total: int
    items: dict[str, int]
    discount: int
    mismatch: bool


class Compensation(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """An insurance payout, in pico-USD, above zero."""

    type: str
    payout: int
    paid_ms: int | None


class Record(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=True):
    """One request, or (`event`) one payout reported on its own.

    `who` is (api key, model, provider, plan) as the record spells them, None where absent.
    `tokens` holds what was billed by fee item code, units such as `web_search` included, zeros
    left out; None where the record reports none. Durations are microseconds, `throughput`
    millionths of a token per second.
    """

    id: str | None
    time_ms: int | None
    event: bool
    who: tuple[str | None, str | None, str | None, str | None]
    outcome: str
    finish: str
    error_type: str | None
    tokens: dict[str, int] | None
    output_tokens: int
    searches: int
    bill: Bill | None
    latency: int | None
    generation: int | None
    throughput: int | None
    streamed: bool
    compensation: Compensation | None
    unknown: tuple[str, ...]
