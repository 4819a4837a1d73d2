"""Generate an endless log of a busy account, reproducible by its seed."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from .account import DemoAccount
from .draw import Requests
from .facts import Request
from .history import Histories
from .scenario import Incident, Scenario
from .shape import Load
from .tempo import COMPRESSED, REAL, Tempo
from .trace import CODE

_SLOT_MS = 1000


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the log, without its newline, and when it is written."""

    at_ms: int
    line: bytes


class Traffic:
    """An endless iterator of lines in order of time; holds only lines that are written later."""

    def __init__(
        self,
        seed: int,
        start_ms: int,
        rate: float = 20.0,
        scenario: Scenario | None = None,
        tempo: Tempo = COMPRESSED,
        account: DemoAccount | None = None,
    ) -> None:
        """Start at a time, with `rate` requests per second on average, paid by an account."""
        if rate <= 0:
            raise ValueError("rate must be above 0")
        self._rng = Random(seed)
        self._start_ms = start_ms
        self._rate = rate
        self._scenario = scenario or Scenario()
        self._tempo = tempo
        self._load = Load(CODE, self._rng)
        self._requests = Requests(self._rng, self._scenario)
        self._histories = Histories(self._rng, tempo, account)
        # Requests before this time were drawn, so the lines before it are complete.
        self._drawn_ms = start_ms
        self._later: list[tuple[int, int, bytes]] = []
        self._count = 0

    def __iter__(self) -> "Traffic":
        """Return the iterator itself: each line is yielded once."""
        return self

    def __next__(self) -> Event:
        """Return the next line."""
        while not self._later or self._later[0][0] >= self._drawn_ms:
            self._draw_slot()
        at_ms, _, line = heapq.heappop(self._later)
        return Event(at_ms, line)

    def due(self, until_ms: int) -> Iterator[Event]:
        """Generate the lines up to a time that were not yielded yet."""
        while self._drawn_ms <= until_ms:
            yield from self._complete(self._drawn_ms - 1)
            self._draw_slot()
        yield from self._complete(until_ms)

    def _complete(self, until_ms: int) -> Iterator[Event]:
        while self._later and self._later[0][0] <= until_ms:
            at_ms, _, line = heapq.heappop(self._later)
            yield Event(at_ms, line)

    def _draw_slot(self) -> None:
        """Draw the requests of one more second."""
        start_ms, rng = self._drawn_ms, self._rng
        elapsed_s = (start_ms - self._start_ms) / 1000
        expected = self._rate * self._load.next() * self._tempo.wave(start_ms)
        expected *= self._scenario.load(elapsed_s)
        for at_ms in sorted(
            start_ms + rng.randrange(_SLOT_MS) for _ in range(int(expected + rng.random()))
        ):
            self._keep(*self._requests.draw(at_ms, (at_ms - self._start_ms) / 1000))
        for job in self._scenario.due(int(elapsed_s)):
            self._keep(*self._requests.scheduled(job, start_ms))
        self._drawn_ms += _SLOT_MS

    def _keep(self, request: Request, incidents: tuple[Incident, ...]) -> None:
        """Keep the lines of a request until they are due."""
        for written_ms, line in self._histories.lines(request, incidents):
            self._count += 1
            heapq.heappush(self._later, (written_ms, self._count, line))


def backlog(
    seed: int,
    end_ms: int,
    duration_s: int,
    rate: float = 0.2,
    scenario: Scenario | None = None,
) -> Iterator[Event]:
    """Generate the history up to a time at real speed: bills in minutes, payouts the next day."""
    return Traffic(seed, end_ms - duration_s * 1000, rate, scenario, REAL).due(end_ms)
