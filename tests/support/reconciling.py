"""Run `reconcile` against a running exporter, and write logs for it."""

import gzip
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from programs import exporter_command, get, wait_until

SECOND = 1_793_491_200


def reconcile(url: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    command = exporter_command("reconcile", f"--against={url}", *map(str, arguments))
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def write(path: Path, records: Sequence[dict[str, Any] | bytes], mode: str = "wb") -> None:
    """Write records or raw lines, compressed if the name is that of an archive."""
    lines = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in records]
    text = b"".join(line + b"\n" for line in lines)
    with path.open(mode) as file:
        file.write(gzip.compress(text) if path.suffix == ".gz" else text)


def request(number: int, **fields: Any) -> dict[str, Any]:
    """Return a native record."""
    return {"id": f"gen_{number}", "timestamp": SECOND + number, "model": "m"} | fields


def paid(number: int) -> dict[str, Any]:
    """Return a separate record for the payout of a request."""
    compensation = {"type": "high_latency", "payout_usd": "0.1"}
    return {"event": "compensation", "id": f"gen_{number}", "compensation": compensation}


def ready(url: str) -> bool:
    """Return True once existing content is counted."""
    return get(f"{url}/-/ready")[0] == 200


def counted(url: str) -> int:
    """Return the number of records that the exporter has counted."""
    text = json.loads(get(f"{url}/api/v1/state")[1])["metrics"]
    rows = [line for line in text.splitlines() if line.startswith("zenmux_exporter_records_total{")]
    return sum(int(row.rsplit(" ", 1)[1]) for row in rows)


def wait_for(url: str, records: int) -> None:
    """Wait until the exporter is ready and has counted `records` records."""
    wait_until(lambda: ready(url) and counted(url) == records, f"{records} records are counted")
