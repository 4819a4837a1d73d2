"""Scripted incidents of the demo; their times are ms since the start of the traffic."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outage:
    """A provider fails the given share of its requests."""

    provider: str
    from_ms: int
    to_ms: int
    share: float


@dataclass(frozen=True, slots=True)
class Slowdown:
    """A provider takes `factor` times as long, to the first token and from there on."""

    provider: str
    from_ms: int
    to_ms: int
    factor: float


@dataclass(frozen=True, slots=True)
class PayoutBurst:
    """The given share of the requests is compensated, all within seconds after `to_ms`."""

    from_ms: int
    to_ms: int
    share: float
    type: str = "unsatisfactory_content"


@dataclass(frozen=True, slots=True)
class Scenario:
    """What goes wrong, and when."""

    outages: tuple[Outage, ...] = ()
    slowdowns: tuple[Slowdown, ...] = ()
    bursts: tuple[PayoutBurst, ...] = ()

    def failing(self, provider: str, at_ms: int, usual: float) -> float:
        """The share of a provider's requests that it fails, the highest that holds now."""
        shares = (
            outage.share
            for outage in self.outages
            if outage.provider == provider and outage.from_ms <= at_ms < outage.to_ms
        )
        return max(usual, max(shares, default=0.0))

    def slowness(self, provider: str, at_ms: int) -> float:
        """How many times slower than usual a provider is."""
        factors = (
            slow.factor
            for slow in self.slowdowns
            if slow.provider == provider and slow.from_ms <= at_ms < slow.to_ms
        )
        return max(factors, default=1.0)

    def burst(self, at_ms: int) -> PayoutBurst | None:
        """The burst of payouts that a request of this time may belong to."""
        return next((one for one in self.bursts if one.from_ms <= at_ms < one.to_ms), None)


CALM = Scenario()
