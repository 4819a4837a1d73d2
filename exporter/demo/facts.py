"""A request of the demo, whatever format it is written in."""

import msgspec

from .customers import ApiKey
from .market import Model, Provider
from .outcomes import Failure

INPUTS = ("prompt", "input_cache_read", "input_cache_write_5_min", "input_cache_write_1_h")
OUTPUTS = ("completion", "internal_reasoning")


class Usage(msgspec.Struct, frozen=True, gc=False):
    """Billed quantities by fee item, disjoint, and their sums."""

    fees: dict[str, int]
    prompt: int
    completion: int


class Request(msgspec.Struct, frozen=True, gc=False):
    """A request and its outcome."""

    id: str
    trace: str
    created_ms: int
    key: ApiKey
    model: Model
    provider: Provider
    usage: Usage
    latency_ms: int
    generation_ms: int
    streamed: bool
    cancelled: bool
    failure: Failure | None
    finish: str | None

    @property
    def ended_ms(self) -> int:
        """The time at which the answer was complete."""
        return self.created_ms + self.latency_ms + self.generation_ms

    @property
    def succeeded(self) -> bool:
        """Whether it neither failed nor was cancelled."""
        return self.failure is None and not self.cancelled

    @property
    def tokens_per_second(self) -> float:
        """The throughput as the console shows it, with two decimals; 0 without output."""
        if not self.generation_ms:
            return 0.0
        return round(self.usage.completion * 1000 / self.generation_ms, 2)


class Payout(msgspec.Struct, frozen=True, gc=False):
    """A compensation in pico-USD."""

    type: str
    amount: int
    paid_ms: int


def make_usage(fees: dict[str, int]) -> Usage:
    """Return usage with its sums."""
    return Usage(
        fees,
        sum(fees.get(code, 0) for code in INPUTS),
        sum(fees.get(code, 0) for code in OUTPUTS),
    )
