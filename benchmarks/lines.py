"""Input from a seed: the demo's raw meta, with late bills, duplicates and payouts."""

from pathlib import Path

import msgspec

from exporter.decode.wire import ZenmuxLine
from exporter.demo import Traffic

START_MS = 1_793_491_200_000


def write_log(path: Path, seed: int, count: int) -> list[bytes]:
    """Write that many lines of ZenMux's shape, and return them."""
    lines: list[bytes] = []
    for event in Traffic(seed, START_MS, rate=200.0):
        if event.line.startswith(b'{"generationId"') and _is_valid(event.line):
            lines.append(event.line)
            if len(lines) == count:
                break
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return lines


def _is_valid(line: bytes) -> bool:
    try:
        msgspec.json.decode(line, type=ZenmuxLine)
    except msgspec.DecodeError:
        return False
    return True
