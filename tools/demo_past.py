"""Write a week of demo history: a log, and the configuration for reading it."""

import sys
import time
from pathlib import Path

import yaml

from exporter.demo import KEYS, backlog

SECONDS = 7 * 86_400
# Average requests per second: few enough that a week is backfilled in seconds.
RATE = 0.1
# Not the seed of the live stream, so the requests differ.
SEED = 2


def write(folder: Path, end_ms: int) -> None:
    """Write `past.jsonl` and `past.yml` into a folder."""
    log = folder / "past.jsonl"
    with log.open("wb") as file:
        file.writelines(event.line + b"\n" for event in backlog(SEED, end_ms, SECONDS, RATE))
    keys = {identity: {"name": name, "plan": plan} for identity, (name, plan) in KEYS.items()}
    source = {"name": "demo", "type": "file", "path": str(log)}
    text = yaml.safe_dump({"sources": [source], "keys": keys}, sort_keys=False)
    (folder / "past.yml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(time.time() * 1000))
