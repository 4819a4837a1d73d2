"""What to do when memory runs out: free what can be made anew; if that is no help, end."""

import gc
import time
from collections.abc import Callable

from ..errors import ExporterError
from ..logs import get

# A path whose answers fail for longer will hardly recover.
_PATIENCE_SECONDS = 5.0

log = get(__name__)


class MemoryGuard:
    """Knows since when the answers of each path fail for want of memory."""

    def __init__(
        self,
        forget: Callable[[], None],
        give_up: Callable[[ExporterError], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`forget` frees what can be made anew; `give_up` ends the process with an error."""
        self._forget = forget
        self._give_up = give_up
        self._clock = clock
        self._failing: dict[str, float] = {}

    def sufficed(self, path: str) -> None:
        """Note an answer."""
        self._failing.pop(path, None)

    def exhausted(self, path: str) -> None:
        """Note that memory ran out over an answer."""
        now = self._clock()  # before collecting, which takes seconds on a large heap
        since = self._failing.setdefault(path, now)
        self._forget()
        gc.collect()
        log.warning("out of memory", path=path)
        if now - since >= _PATIENCE_SECONDS:
            self._give_up(ExporterError(f"out of memory: {path} can't be answered any more"))
