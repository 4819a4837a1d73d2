"""Windows of OpenMetrics text in, TSDB blocks made by `promtool` out.

Everything is made in a folder of its own inside the target, and moved up when all is done: an
interrupted run leaves nothing behind that Prometheus would read.
"""

import fcntl
import os
import shutil
import sqlite3
import subprocess
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ..errors import ExporterError
from .spool import SLOT_SECONDS

_STAGING = ".zenmux-backfill"
# Without it promtool reads the text again for every two hours of it.
BLOCK_DURATION = f"--max-block-duration={SLOT_SECONDS // 3600}h"
_WORKERS = 2


@contextmanager
def staging(target: Path) -> Iterator[Path]:
    """A folder inside the target for what is in the making, removed in the end.

    What a killed run left is removed first. Raises `ExporterError` where another run is at work, or
    what the block does in there can't be done.
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
    """Move what was made up into the target: all of it, or nothing."""
    with ExitStack() as undo:
        for path in made:
            undo.callback(_withdraw, target / path.name, path)
            path.rename(target / path.name)
        undo.pop_all()


def _withdraw(published: Path, path: Path) -> None:
    if published.exists():
        published.rename(path)


class Writer:
    """Writes each window to a file and has it made into a block, two at a time."""

    def __init__(self, folder: Path, promtool: str | None) -> None:
        """`folder` takes texts and blocks; without promtool the texts are the result."""
        self._folder = folder
        self._promtool = promtool
        self._blocks = folder / "blocks"
        self._blocks.mkdir()
        self._pool = ThreadPoolExecutor(_WORKERS, "promtool")
        self._running: deque[Future[None]] = deque()

    def write(self, name: str, pieces: Iterable[str], written: Callable[[int], object]) -> None:
        """One window; waits while two are being made. `written` is told of lines."""
        path = (self._folder if self._promtool else self._blocks) / f"{name}.om"
        with path.open("w", encoding="utf-8") as file:
            for piece in pieces:
                file.write(piece)
                written(piece.count("\n"))
        if self._promtool is not None:
            while len(self._running) >= _WORKERS:
                self._running.popleft().result()
            self._running.append(self._pool.submit(self._make, self._promtool, path))

    def finish(self) -> list[Path]:
        """What was made, when all of it is."""
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
        return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - promtool
    except OSError as error:
        raise ExporterError(f"{command[0]} cannot be run: {error.strerror}") from error
