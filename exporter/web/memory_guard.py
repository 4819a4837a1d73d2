"""What to do when memory runs out: free what can be made anew; if that is no help, end."""

import gc
from collections.abc import Callable

from ..errors import ExporterError
from ..logs import get

# Answers in a row that fail before the process gives up.
_LAST = 3

log = get(__name__)


class MemoryGuard:
    """Counts the answers that failed for want of memory."""

    def __init__(
        self, forget: Callable[[], None], give_up: Callable[[ExporterError], None]
    ) -> None:
        """`forget` frees what can be made anew; `give_up` ends the process with an error."""
        self._forget = forget
        self._give_up = give_up
        self._failed = 0

    def sufficed(self) -> None:
        """Note an answer."""
        self._failed = 0

    def exhausted(self) -> None:
        """Note that memory ran out over an answer."""
        self._failed += 1
        self._forget()
        gc.collect()
        log.warning("out of memory", failed=self._failed)
        if self._failed >= _LAST:
            self._give_up(ExporterError("out of memory: the limit is too low for these totals"))
