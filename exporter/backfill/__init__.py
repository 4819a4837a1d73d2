"""Make history from existing logs, at event time, as blocks that Prometheus loads.

Records are counted by the live rules, what they add is sorted by time on disk, and samples are
written as if the exporter had been scraped all along.
"""

import signal

from ..catalogue import METRICS
from ..config import Config
from ..config.options import Options
from ..errors import ConfigError
from .command import MANIFEST, Report, Wanted, backfill
from .report import text
from .space import approve

__all__ = ["MANIFEST", "Report", "Wanted", "backfill", "run"]

_LABELS = {"job": "zenmux", "instance": "127.0.0.1:10464"}


def run(config: Config, given: Options) -> str:
    """Run a backfill with the given options; return what was made and how to load it."""
    if given.out is None:
        raise ConfigError(["command line: --out: a folder for the blocks must be given"])
    taken = {"le"}.union(*(metric.labels for metric in METRICS)).intersection(given.labels or {})
    if taken:
        names = ", ".join(sorted(taken))
        raise ConfigError([f"command line: --labels: the metrics have this label already: {names}"])
    # Clean up on a service manager's SIGTERM as on Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    wanted = Wanted(
        given.out,
        _LABELS | dict(given.labels or {}),
        given.start,
        given.end,
        given.step,
        given.format == "openmetrics",
    )
    # Blocks are small enough not to ask.
    asks = wanted.as_text and not given.yes
    return text(backfill(config, wanted, approve=approve if asks else None), wanted)
