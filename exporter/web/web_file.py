"""The web configuration file in use: it is read again when it or a certificate changes."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..config.web_file import WebFile, load_web_file
from ..errors import ConfigError
from ..files import Stamp, stamp
from ..logs import get

# A refused file is tried again this often: another file that it names may have changed.
_RETRY_SECONDS = 1.0

log = get(__name__)


class WatchedWebFile:
    """The settings in use: the file's, or its last valid ones if it is faulty now."""

    def __init__(
        self,
        path: Path,
        told: Callable[[bool], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read the file; raises `ConfigError`. `told` is called with the success of each read."""
        self._path = path
        self._told = told
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, "web-config")
        self._lock = asyncio.Lock()
        self._faults: tuple[str, ...] = ()
        self._tried = 0.0
        self._file = load_web_file(path)
        self._stamps = self._look()

    @property
    def has_tls(self) -> bool:
        """Whether connections are encrypted; a change needs a restart."""
        return self._file.tls is not None

    @property
    def in_force(self) -> WebFile:
        """The settings as of the last check."""
        return self._file

    async def current(self) -> WebFile:
        """Return the settings in use, after checking the files for changes."""
        loop = asyncio.get_running_loop()
        stamps = await loop.run_in_executor(self._thread, self._look)
        if stamps != self._stamps or self._is_due():
            async with self._lock:
                if stamps != self._stamps or self._is_due():
                    await loop.run_in_executor(self._thread, self._reload)
        return self._file

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    @property
    def _watched(self) -> tuple[Path, ...]:
        tls = self._file.tls
        return self._path, *(tls.files.values() if tls else ())

    def _look(self) -> tuple[Stamp, ...]:
        """Return a value that changes with the files."""
        return tuple(stamp(path) for path in self._watched)

    def _is_due(self) -> bool:
        return bool(self._faults) and self._clock() - self._tried >= _RETRY_SECONDS

    def _reload(self) -> None:
        self._tried = self._clock()
        # Before reading: a change meanwhile is noticed next time.
        watched = self._watched
        stamps = self._look()
        try:
            found = self._load()
        except ConfigError as error:
            self._refuse(error.faults)
            self._stamps = stamps
            return
        self._file = found
        # If it names other files now, they are checked again.
        self._stamps = stamps if watched == self._watched else ()
        self._faults = ()
        self._told(True)
        log.info("web configuration reloaded", file=self._path, always=True)

    def _load(self) -> WebFile:
        found = load_web_file(self._path)
        if (found.tls is None) is self.has_tls:
            raise ConfigError([f"{self._path}: turning TLS on or off needs a restart"])
        return found

    def _refuse(self, faults: tuple[str, ...]) -> None:
        self._told(False)
        if faults != self._faults:
            log.warning(
                "web configuration not reloaded, the previous one stays in use",
                faults="; ".join(faults),
                always=True,
            )
        self._faults = faults
