"""The amounts of input for full benchmarks, and for quick checks of the counting."""

from dataclasses import dataclass

# Values by row and column.
Table = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Sizes:
    """Amounts of input."""

    runs: int = 5
    seed: int = 1
    lines: int = 100_000
    backlog: int = 1_000_000
    ids: int = 1_000_000
    series: int = 200_000
    models: int = 20
    keys: int = 50
    providers: int = 3
    once_bytes: int = 1 << 30
    seconds: float = 20.0
    files: int = 100
    known_series: int = 50_000
    scrapers: int = 200
    slow: int = 50
    half: int = 800
    pushers: int = 50
    load_seconds: float = 30.0
    records: tuple[int, ...] = (10_000, 100_000, 1_000_000, 10_000_000)
    spread: tuple[int, ...] = (10, 100, 1000, 10_000, 100_000)
    days: int = 30
    minute_requests: float = 13.0
    dense: int = 30
    lookback_hours: int = 6
    evaluations: int = 3


QUICK = Sizes(
    runs=1,
    lines=600,
    backlog=2000,
    ids=1000,
    series=1000,
    models=3,
    keys=3,
    once_bytes=1 << 20,
    seconds=1.0,
    files=10,
    known_series=500,
    scrapers=10,
    slow=3,
    half=10,
    pushers=3,
    load_seconds=6.0,
    records=(100, 1000),
    spread=(10, 100),
    days=1,
    minute_requests=0.1,
    dense=2,
    lookback_hours=1,
    evaluations=1,
)
