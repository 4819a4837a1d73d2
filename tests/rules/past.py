"""History for a Prometheus that starts now: recorded series of days ago, as blocks.

Alerts that compare with the past are silent without one. Nobody waits eight days for a test: what
the rules would have recorded is written at its own times by `promtool tsdb create-blocks-from`.
"""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

DAY = 86_400
HOUR = 3600
# Prometheus looks back five minutes for a value.
_EVERY = 60


def known(name: str, days: float, hours: float, **labels: str) -> Iterator[tuple[str, int, int]]:
    """Samples of 1 around a time so many days ago."""
    pairs = ",".join(f'{key}="{value}"' for key, value in labels.items())
    middle = int(time.time() - days * DAY)
    reach = int(hours * HOUR)
    for at in range(middle - reach, middle + reach, _EVERY):
        yield f"{name}{{{pairs}}}", 1, at


def write_blocks(folder: Path, samples: Iterator[tuple[str, int, int]]) -> None:
    """Put samples into the data folder of a Prometheus that does not run yet."""
    rows = sorted(samples, key=lambda row: (row[0], row[2]))
    text = "".join(f"{series} {value} {at}\n" for series, value, at in rows)
    folder.mkdir(parents=True, exist_ok=True)
    source = folder.parent / "history.txt"
    source.write_text(f"{text}# EOF\n")
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(source), str(folder)]
    subprocess.run(command, check=True, capture_output=True)
