"""Handle exhausted memory: drop caches; if that doesn't help, end the process."""

import gc
import time
from collections.abc import Callable

from ..errors import ExporterError
from ..logs import get

# A path whose answers fail for longer is unlikely to recover.
_PATIENCE_SECONDS = 5.0

log = get(__name__)


class MemoryGuard:
    """The time since when each path's answers have failed for lack of memory."""

    def __init__(
        self,
        forget: Callable[[], None],
        give_up: Callable[[ExporterError], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`forget` drops caches; `give_up` ends the process with an error."""
        self._forget = forget
        self._give_up = give_up
        self._clock = clock
        self._failing: dict[str, float] = {}

    def sufficed(self, path: str) -> None:
        """Record an answer on a path."""
        self._failing.pop(path, None)

    def exhausted(self, path: str) -> None:
        """Record that memory ran out while answering; drop caches, and give up after a while."""
        now = self._clock()  # before collecting, which takes seconds on a large heap
        since = self._failing.setdefault(path, now)
        self._forget()
        gc.collect()
        log.warning("out of memory", path=path)
        if now - since >= _PATIENCE_SECONDS:
            self._give_up(ExporterError(f"out of memory: {path} can no longer be answered"))
