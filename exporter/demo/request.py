"""The facts of one made-up request, before anyone wrote them down as a record."""

import msgspec

from .customers import ApiKey
from .market import Model, Provider
from .outcomes import Failure


class Item(msgspec.Struct, frozen=True, gc=False):
    """One position of a bill: its quantity, USD per million units, amounts in pico-USD."""

    code: str
    quantity: int
    rate: float
    amount: int
    discount: int


class Request(msgspec.Struct, frozen=True, gc=False):
    """One request as it happened; `items` are its billed quantities, also where nobody bills."""

    id: str
    trace_id: str
    key: ApiKey
    model: Model
    provider: Provider
    created_ms: int
    latency_ms: int
    generation_ms: int
    moderation_ms: int
    streamed: bool
    cancelled: bool
    native: bool
    failure: Failure | None
    finish: str | None
    items: tuple[Item, ...]

    @property
    def done_ms(self) -> int:
        """When the request ended and its record is written."""
        return self.created_ms + self.latency_ms + self.generation_ms

    @property
    def cost(self) -> int:
        """What the request costs, in pico-USD."""
        return sum(item.amount for item in self.items)

    @property
    def discount(self) -> int:
        """What is taken off the cost, in pico-USD."""
        return sum(item.discount for item in self.items)

    @property
    def is_billed(self) -> bool:
        """Whether a bill is ever written: subscriptions have none."""
        return self.key.plan == "payg"


class Payout(msgspec.Struct, frozen=True, gc=False):
    """A compensation of a request, in pico-USD."""

    type: str
    amount: int
    paid_ms: int
