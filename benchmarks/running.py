"""Run the real exporter, as users start it."""

import contextlib
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_PATIENCE = 1800.0
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Program:
    """A running exporter."""

    url: str
    process: subprocess.Popen[bytes]

    def get(self, path: str) -> tuple[int, bytes]:
        """Return status and body of a path."""
        return get(self.url + path)

    def counted(self) -> int:
        """Return the number of lines read so far."""
        text = self.get("/metrics")[1].decode()
        found = re.findall(r"^zenmux_exporter_records_total\{[^}]*\} (\d+)", text, re.MULTILINE)
        return sum(map(int, found))

    def wait_ready(self, lines: int = 0) -> None:
        """Wait until existing content is counted, and at least `lines` lines."""
        wait(lambda: self.get("/-/ready")[0] == 200)
        if lines:
            wait(lambda: self.counted() >= lines)

    def cpu_seconds(self) -> float:
        """Return the CPU time used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _TICK

    def resident(self) -> int:
        """Return the resident memory in bytes."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * 4096


def get(url: str) -> tuple[int, bytes]:
    """Return status and body; the status is 0 if nothing answers."""
    try:
        with urllib.request.urlopen(url, timeout=60) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
    except (urllib.error.URLError, ConnectionError):
        return 0, b""


def wait(condition: object) -> None:
    """Wait until a condition is true; raise `TimeoutError` if that takes too long."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]
            return
        time.sleep(0.01)
    raise TimeoutError(f"not within {_PATIENCE} s")


@contextlib.contextmanager
def exporter(
    directory: Path, logs: Sequence[str], cpus: Sequence[int] = (), *, listen: bool = True
) -> Iterator[Program]:
    """Run `zenmux-exporter run` on logs, with its ledger in `directory`, on the given cores."""
    directory.mkdir(parents=True, exist_ok=True)
    pin = ["taskset", "--cpu-list", ",".join(map(str, cpus))] if cpus else []
    command = [*pin, sys.executable, "-m", "exporter", "run", *logs]
    options = ["--web.listen-address=127.0.0.1:0", f"--storage.path={directory / 'state'}"]
    log = directory / "exporter.log"
    with log.open("wb") as sink:
        process = subprocess.Popen([*command, *options], stdout=sink, stderr=sink)
    try:
        yield Program(_address(log, process) if listen else "", process)
    finally:
        process.terminate()
        process.wait()


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if found := re.search(r"address=(\S+)", log.read_text()):
            return f"http://{found[1]}"
        if process.poll() is not None:
            break
        time.sleep(0.002)
    raise TimeoutError(f"the exporter did not start: {log.read_text()}")
