"""Generate all lines of a request: its record, a late bill, payouts, repeats and damage."""

from collections.abc import Callable, Iterator
from random import Random

import msgspec

from . import native, zenmux
from .account import DemoAccount
from .billing import Bill, make_bill
from .facts import Payout, Request
from .outcomes import CUT_SHORT
from .scenario import Incident
from .tempo import Tempo

_NATIVE = 0.15
_BILLED_LATE = 0.35
_EVENT = 0.5
_REVISED = 0.06
_REPEATED = 0.004
_BROKEN = 0.0004
_SLOW_MS = 4_000
_SLOW_TIMES = 4
_SLOW_PAID = 0.7
_POOR_PAID = 0.006
_CUT_SHORT_PAID = 0.08
# Payouts are whole units of 10^-8 USD.
_GRAIN = 10**4
_PAID_SHARE = {"high_latency": (0.2, 0.6), "unsatisfactory_content": (0.5, 1.0)}
_DAMAGE: tuple[Callable[[bytes], bytes], ...] = (
    lambda line: line[: len(line) // 2],
    lambda line: line.replace(b'"streamed":', b'"streamed":[],"was":', 1),
    lambda line: line.replace(b'"latency', b'"latency":-1,"latency_ms":-1,"was', 1),
    lambda _: b'{"model":"demo/no-time"}',
    lambda _: b'"log rotated"',
)

Line = tuple[int, bytes]
"""The time at which a line is written, and the line."""


class Histories:
    """A generator of the lines of requests."""

    def __init__(self, rng: Random, tempo: Tempo, account: DemoAccount | None = None) -> None:
        """Draw all random numbers from `rng`; `account` is notified of spending and payouts."""
        self._rng = rng
        self._tempo = tempo
        self._account = account

    def lines(self, request: Request, incidents: tuple[Incident, ...]) -> Iterator[Line]:
        """Generate all lines of a request; none is written before its end."""
        rng = self._rng
        shape = native if rng.random() < _NATIVE else zenmux
        worth = make_bill(request)
        bill = worth if request.key.plan == "payg" else None
        ended_ms = request.ended_ms
        late = bill is not None and bill.total > 0 and rng.random() < _BILLED_LATE
        line = shape.record(request, None if late else bill)
        self._note(ended_ms, request.key.plan, worth.total - worth.discount)
        yield ended_ms, line
        if late:
            yield self._tempo.billed_ms(ended_ms, rng), shape.record(request, bill)
        kind = _compensated(request, incidents, rng)
        if kind is not None and worth.total:
            paid = 0
            for payout in self._payouts(kind, worth, ended_ms):
                self._note(payout.paid_ms, "bonus", payout.amount - paid)
                paid = payout.amount
                if rng.random() < _EVENT:
                    yield payout.paid_ms, shape.payout_event(request, payout)
                else:
                    yield payout.paid_ms, shape.record(request, bill, payout)
        yield from self._accidents(ended_ms, line)

    def _note(self, at_ms: int, what: str, amount: int) -> None:
        if self._account is not None:
            self._account.note(at_ms, what, amount)

    def _payouts(self, kind: str, worth: Bill, ended_ms: int) -> Iterator[Payout]:
        """Generate a payout, sometimes raised later."""
        rng = self._rng
        share = rng.uniform(*_PAID_SHARE.get(kind, (0.5, 1.0)))
        amount = max(1, int(worth.total * share) // _GRAIN) * _GRAIN
        payout = Payout(kind, amount, self._tempo.paid_ms(ended_ms, rng))
        yield payout
        if rng.random() < _REVISED:
            higher = amount + max(1, int(amount * rng.uniform(0.2, 1.0)) // _GRAIN) * _GRAIN
            yield msgspec.structs.replace(
                payout, amount=higher, paid_ms=self._tempo.paid_ms(payout.paid_ms, rng)
            )

    def _accidents(self, ended_ms: int, line: bytes) -> Iterator[Line]:
        """Generate the accidents of real logs: a repeated or a damaged line."""
        rng = self._rng
        if rng.random() < _REPEATED:
            yield ended_ms + rng.randrange(3000), line
        if rng.random() < _BROKEN:
            yield ended_ms + rng.randrange(3000), rng.choice(_DAMAGE)(line)


def _compensated(request: Request, incidents: tuple[Incident, ...], rng: Random) -> str | None:
    """Return the type of a request's payout, None if it gets none."""
    if not request.succeeded:
        return None
    for incident in incidents:
        if incident.paid and rng.random() < incident.paid:
            return incident.paid_type
    if request.latency_ms > max(_SLOW_MS, _SLOW_TIMES * request.model.pace[0]):
        return "high_latency" if rng.random() < _SLOW_PAID else None
    poor = _CUT_SHORT_PAID if request.finish in CUT_SHORT else _POOR_PAID
    return "unsatisfactory_content" if rng.random() < poor else None
