"""Write OpenMetrics text block by block and have `promtool` make TSDB blocks of it.

Everything is made in a folder of its own inside the target, and moved up when all is done, so an
interrupted run leaves nothing that Prometheus would read.
"""

import fcntl
import os
import shutil
import sqlite3
import subprocess
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ..errors import ExporterError
from .increment_store import BLOCK_SECONDS

_STAGING = ".zenmux-backfill"
_END = "# EOF\n"
# Without it promtool reads the text again for every two hours of it.
BLOCK_DURATION = f"--max-block-duration={BLOCK_SECONDS // 3600}h"
_WORKERS = 2


@contextmanager
def staging(target: Path) -> Iterator[Path]:
    """Make a folder inside the target to work in, and remove it in the end.

    What a killed run left is removed first. Raises `ExporterError` if another run is at work, or if
    the folder can't be written.
    """
    folder = target / _STAGING
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise ExporterError(f"{target}: cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise ExporterError(f"{target}: another backfill is writing there") from None
    try:
        _empty(folder)
        yield folder
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ExporterError(f"{target}: cannot be written: {reason}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def publish(made: Iterable[Path], target: Path) -> None:
    """Move what was made into the target: all of it or nothing."""
    with ExitStack() as undo:
        for path in made:
            undo.callback(_withdraw, target / path.name, path)
            path.rename(target / path.name)
        undo.pop_all()


def _withdraw(published: Path, path: Path) -> None:
    if published.exists():
        published.rename(path)


class Writer:
    """Writes each block's text to a file, and has two blocks made at a time."""

    def __init__(self, folder: Path, promtool: str | None) -> None:
        """`folder` takes texts and blocks; without promtool the texts are the result."""
        self._folder = folder
        self._promtool = promtool
        self._blocks = folder / "blocks"
        self._blocks.mkdir()
        self._pool = ThreadPoolExecutor(_WORKERS, "promtool")
        self._running: deque[Future[None]] = deque()

    def write(self, name: str, pieces: Iterable[str]) -> None:
        """Write one block, waiting while two are being made."""
        path = (self._folder if self._promtool else self._blocks) / f"{name}.om"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(pieces)
            file.write(_END)
        if self._promtool is not None:
            while len(self._running) >= _WORKERS:
                self._running.popleft().result()
            self._running.append(self._pool.submit(self._make, self._promtool, path))

    def finish(self) -> list[Path]:
        """Wait for what is being made; return all that was made."""
        while self._running:
            self._running.popleft().result()
        return sorted(self._blocks.iterdir())

    def close(self) -> None:
        """Wait for what still runs."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _make(self, promtool: str, path: Path) -> None:
        command = [promtool, "tsdb", "create-blocks-from", "openmetrics", "--quiet"]
        files = [str(path), str(self._blocks)]
        done = _run([*command, BLOCK_DURATION, *files])
        if done.returncode and "unknown long flag" in done.stderr:
            done = _run([*command, *files])
        if done.returncode:
            raise ExporterError(f"promtool failed: {(done.stderr or done.stdout).strip()}")
        path.unlink()


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        # What it says may name a file whose name is not UTF-8.
        return subprocess.run(  # noqa: S603 - promtool
            command, capture_output=True, encoding="utf-8", errors="backslashreplace", check=False
        )
    except OSError as error:
        raise ExporterError(f"{command[0]} cannot be run: {error.strerror}") from error
