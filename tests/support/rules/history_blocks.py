"""Create blocks with a history of recorded series for a new Prometheus.

Alerts that compare with the past are silent without one.
"""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

DAY = 86_400
HOUR = 3600
# Less than the lookback of five minutes.
_EVERY = 60


def known(name: str, days: float, hours: float, **labels: str) -> Iterator[tuple[str, int, int]]:
    """Yield samples of 1 around a time some days ago."""
    pairs = ",".join(f'{key}="{value}"' for key, value in labels.items())
    middle = int(time.time() - days * DAY)
    reach = int(hours * HOUR)
    for at in range(middle - reach, middle + reach, _EVERY):
        yield f"{name}{{{pairs}}}", 1, at


def write_blocks(folder: Path, samples: Iterator[tuple[str, int, int]]) -> None:
    """Write samples into the data folder of a Prometheus that is not running."""
    rows = sorted(samples, key=lambda row: (row[0], row[2]))
    text = "".join(f"{series} {value} {at}\n" for series, value, at in rows)
    folder.mkdir(parents=True, exist_ok=True)
    source = folder.parent / "history.txt"
    source.write_text(f"{text}# EOF\n")
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(source), str(folder)]
    subprocess.run(command, check=True, capture_output=True)
