"""Scripted incidents, for alerts, and jobs, for panels that chance would fill too late."""

from dataclasses import dataclass

from .customers import ApiKey
from .market import MODELS
from .outcomes import FAILURE_TYPES


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident of a provider or a model, or of all; times are seconds since the start.

    `failing` is the share of requests that fail with `failure`. `slower` multiplies their times.
    `paid` is the share of successes that get a payout of `paid_type`. `load` multiplies the number
    of requests of all providers; 0 stops them.
    """

    from_s: float
    until_s: float
    provider: str | None = None
    model: str | None = None
    failing: float = 0.0
    failure: str = "provider_api_error"
    slower: float = 1.0
    paid: float = 0.0
    paid_type: str = "unsatisfactory_content"
    load: float = 1.0

    def __post_init__(self) -> None:
        """Raise ValueError for an unknown failure."""
        if self.failure not in FAILURE_TYPES:
            raise ValueError(f"unknown failure: {self.failure}")

    def hits(self, elapsed_s: float, provider: str, model: str) -> bool:
        """Return True if a request at this time to this provider and model is affected."""
        return (
            self.from_s <= elapsed_s < self.until_s
            and self.provider in {None, provider}
            and self.model in {None, model}
        )


@dataclass(frozen=True, slots=True)
class Job:
    """A request with a web search that an API key sends every `every_s` seconds.

    `model` must be one that searches. The answer ends with `finish`; `paid` is the share of answers
    that get a payout. Incidents don't affect it.
    """

    every_s: int
    key: ApiKey
    model: str
    finish: str
    paid: float

    def __post_init__(self) -> None:
        """Raise ValueError for a model without web search."""
        if not MODELS[self.model].searches:
            raise ValueError(f"has no web search: {self.model}")


@dataclass(frozen=True, slots=True)
class Scenario:
    """All incidents and jobs of a run; none by default."""

    incidents: tuple[Incident, ...] = ()
    jobs: tuple[Job, ...] = ()

    def due(self, elapsed_s: int) -> tuple[Job, ...]:
        """Return the jobs that start in this second."""
        return tuple(job for job in self.jobs if elapsed_s % job.every_s == 0)

    def load(self, elapsed_s: float) -> float:
        """Return the factor on the load at a time."""
        load = 1.0
        for incident in self.incidents:
            if incident.from_s <= elapsed_s < incident.until_s:
                load *= incident.load
        return load

    def hitting(self, elapsed_s: float, provider: str, model: str) -> tuple[Incident, ...]:
        """Return the incidents that affect a request."""
        return tuple(
            incident for incident in self.incidents if incident.hits(elapsed_s, provider, model)
        )
