"""Torture test: kill an exporter at random moments while its log is written and rotated.

`python tests/torture.py MINUTES [SEED]` runs it for as long as you like. If a round fails, its
directory is kept.
"""

import dataclasses
import gzip
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from loggen import Generator
from oracle import Oracle, Settings, differences, parse_exposition
from programs import Running, exporter_command, free_port, get, wait_until

_COUNTER = re.compile(
    r"zenmux_(?!\w*(?:event_loop|checkpoint))\w+_(?:total|bucket|count|sum)(?:\{| )", re.ASCII
)
WHOLE = b'{"timestamp": 1793491200, "model": "whole"}'


class Writer:
    """Writes a log with torn lines and rotations, and remembers the written lines in order."""

    def __init__(self, directory: Path, seed: int) -> None:
        """Write to `app.jsonl` in a directory."""
        self.path = directory / "app.jsonl"
        self.path.touch()
        self.lines: list[bytes] = []
        self._random = random.Random(seed)
        self._generator = Generator(seed)
        self._torn = b""
        self._rotated = 0

    def write(self, count: int) -> None:
        """Append lines; the last one is sometimes left unfinished until the next call."""
        data = self._torn
        new = [self._line() for _ in range(count)]
        self.lines += new
        data += b"".join(line + b"\n" for line in new)
        cut = self._random.randint(1, 40) if self._random.random() < 0.5 else 0
        data, self._torn = (data[:-cut], data[-cut:]) if cut else (data, b"")
        with self.path.open("ab") as file:
            file.write(data)

    def _line(self) -> bytes:
        if self.lines and self._random.random() < 0.05:
            return self._random.choice(self.lines[-200:])
        return self._generator.line().replace(b"\n", b" ")

    def finish(self) -> None:
        """Write the rest of the last line."""
        with self.path.open("ab") as file:
            file.write(self._torn)
        self._torn = b""

    def rotate(self) -> None:
        """Rotate in one of the usual ways, between two complete records.

        An object that is unfinished at the end of its file is given up. Files that begin alike are
        taken for copies, which the oracle does not know about.
        """
        self.finish()
        self._append(WHOLE)
        self._rotated += 1
        aside = self.path.with_name(f"app.jsonl.{self._rotated:04d}")
        self._random.choice((self._rename, self._copy, self._compress))(aside)
        self._append(WHOLE.replace(b"}", b', "id": "first of %d"}' % self._rotated))

    def _append(self, line: bytes) -> None:
        self.lines.append(line)
        with self.path.open("ab") as file:
            file.write(line + b"\n")

    def _rename(self, aside: Path) -> None:
        self.path.rename(aside)
        self.path.touch()

    def _copy(self, aside: Path) -> None:
        shutil.copyfile(self.path, aside)
        os.truncate(self.path, 0)

    def _compress(self, aside: Path) -> None:
        packed = aside.with_name(f"{aside.name}.gz")
        with gzip.open(f"{packed}.part", "wb") as file:
            file.write(self.path.read_bytes())
        Path(f"{packed}.part").rename(packed)
        self.path.unlink()
        self.path.touch()


class Monotonic:
    """Finds counters that decrease or disappear between two scrapes."""

    def __init__(self) -> None:
        """Start without a scrape."""
        self.seen: dict[str, str] = {}

    def check(self, text: str) -> None:
        """Compare a scrape with the previous one."""
        rows = (line.rpartition(" ") for line in text.split("\n") if _COUNTER.match(line))
        now = {series: value for series, _, value in rows}
        # Most samples are unchanged, and need no numeric comparison.
        changed = self.seen.items() - now.items()
        back = [
            series for series, value in changed if Decimal(now.get(series, "-1")) < Decimal(value)
        ]
        assert back == [], f"stepped back: {back[:5]}"
        self.seen = now


def torture(directory: Path, seed: int, go_on: Callable[[int], bool]) -> int:
    """Kill and restart while `go_on(kills)`; then compare with the oracle. Return the kills."""
    chance = random.Random(seed)
    writer, monotonic = Writer(directory, seed), Monotonic()
    port, kills = free_port(), 0
    pattern = directory / chance.choice(("app.jsonl", "app.jsonl*"))
    command = exporter_command(
        "run",
        str(pattern),
        f"--web.listen-address=127.0.0.1:{port}",
        f"--storage.path={directory / 'state'}",
    )
    log, url = directory / "exporter.log", f"http://127.0.0.1:{port}/metrics"
    writer.write(50)
    writer.finish()
    settle(directory, command, url, writer, monotonic)
    while go_on(kills):
        program = Running(command, log)
        end = time.monotonic() + chance.uniform(0.1, 2.0)
        rotated = False
        while time.monotonic() < end:
            writer.write(chance.randint(0, 60))
            # After a second rotation before the first was noticed, files can't be told apart.
            if not rotated and chance.random() < 0.1:
                writer.rotate()
                rotated = True
            status, text = get(url)
            if status == 200:
                monotonic.check(text)
            threading.Event().wait(chance.uniform(0, 0.1))
        program.stop(signal.SIGKILL)
        kills += 1
    writer.finish()
    settle(directory, command, url, writer, monotonic)
    assert monotonic.seen
    return kills


def settle(
    directory: Path, command: list[str], url: str, writer: Writer, monotonic: Monotonic
) -> None:
    """Run without kills until everything written is counted; compare with the oracle."""
    oracle = Oracle(Settings())
    source = command[command.index("run") + 1]
    for line in writer.lines:
        oracle.feed(source, line)
    # Some lines are in the far future: they count, but are not the newest request.
    expected = dataclasses.replace(oracle.totals(), newest=None)
    program = Running(command, directory / "exporter.log")
    try:
        found: list[str] = ["not scraped"]

        def agrees() -> bool:
            status, text = get(url)
            if status == 200:
                monotonic.check(text)
                found[:] = differences(
                    expected, dataclasses.replace(parse_exposition(text), newest=None)
                )
            return not found

        try:
            # Scraping more often would keep a busy machine from counting.
            wait_until(agrees, "the totals are the oracle's", 120, every=0.5)
        except AssertionError as error:
            raise AssertionError("\n".join(found[:20])) from error
    finally:
        program.stop(signal.SIGKILL)


def main() -> None:
    """Run the torture test for some minutes."""
    minutes = float(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
    end = time.monotonic() + minutes * 60
    kills = rounds = 0
    while time.monotonic() < end:
        directory = Path(tempfile.mkdtemp())
        sys.stdout.write(f"seed {seed + rounds} in {directory}\n")
        kills += torture(directory, seed + rounds, lambda n: n < 50 and time.monotonic() < end)
        shutil.rmtree(directory)
        rounds += 1
        sys.stdout.write(f"{kills} kills in {rounds} rounds from seed {seed}: exact\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
