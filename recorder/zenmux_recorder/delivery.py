"""Deliver lines to a sink in the background, through a bounded queue."""

import os
import random
import threading
import weakref
from collections import deque
from collections.abc import Callable
from typing import Final

from .sinks import Sink, Undelivered
from .troubles import Troubles, guarded

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0
# Between two tries while the process waits to exit.
_PAUSE_AT_END: Final = 0.1
_GRACE: Final = 1.0


class Delivery:
    """A queue of lines, and the thread that empties it. Putting a line never blocks."""

    def __init__(self, sink: Sink, limit: int, troubles: Troubles) -> None:
        """Start the thread with the first line. `limit`: maximum lines in the queue."""
        self.troubles = troubles
        self._sink = sink
        self._limit = limit
        self._reset()
        forked = weakref.WeakMethod(self._forked)
        os.register_at_fork(after_in_child=lambda: _call(forked()))

    def _reset(self) -> None:
        self._lines: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._under_way = 0
        self._flushing = 0
        self._is_closed = False
        # Set when closing begins, and when its timeout has passed.
        self._closing = threading.Event()
        self._given_up = threading.Event()

    def put(self, line: bytes) -> None:
        """Add a line; it is dropped if the queue is full."""
        with self._changed:
            is_dropped = self._is_closed or len(self._lines) >= self._limit
            if not is_dropped:
                self._lines.append(line)
                self._start()
                self._changed.notify_all()
        self.troubles.count("recorded")
        if is_dropped:
            self._drop(1, "the queue is full, or the recorder closed")

    def flush(self, timeout: float) -> bool:
        """Wait until all lines are delivered or dropped; return False on timeout."""
        with self._changed:
            self._flushing += 1
            self._changed.notify_all()
            try:
                return self._changed.wait_for(self._is_idle, timeout)
            finally:
                self._flushing -= 1

    def close(self, timeout: float) -> None:
        """Deliver the lines in the queue, and drop those not delivered before the timeout."""
        with self._changed:
            self._is_closed = True
            self._closing.set()
            self._changed.notify_all()
            self._changed.wait_for(self._is_idle, timeout)
            self._given_up.set()
            rest = len(self._lines)
            self._lines.clear()
            self._changed.notify_all()
            thread = self._thread
        if rest:
            self._drop(rest, "the recorder was closed")
        if thread is not None:
            # The thread counts the lines that it gives up.
            thread.join(max(timeout, _GRACE))
            if thread.is_alive():
                return
        self._sink.close()

    def _is_idle(self) -> bool:
        return not self._lines and not self._under_way

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="zenmux-recorder", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            batch = self._take()
            if not batch:
                return
            self._deliver(batch)
            if batch:
                self._drop(len(batch), "the sink failed")
            with self._changed:
                self._under_way = 0
                self._changed.notify_all()

    def _take(self) -> deque[bytes]:
        """Wait for lines and return a batch; it is empty once the recorder is closed."""
        sink = self._sink
        with self._changed:
            self._changed.wait_for(lambda: self._lines or self._is_closed)
            self._changed.wait_for(lambda: self._is_due(sink.batch_lines), sink.linger_seconds)
            size = min(len(self._lines), sink.batch_lines)
            self._under_way = size
            return deque(self._lines.popleft() for _ in range(size))

    def _is_due(self, size: int) -> bool:
        return len(self._lines) >= size or self._is_closed or self._flushing > 0

    @guarded
    def _deliver(self, lines: deque[bytes]) -> None:
        """Write lines, with retries; remove those written or dropped from `lines`."""
        pause = _FIRST_PAUSE
        while lines:
            error = self._try(lines)
            if error is None:
                return
            if error.is_final or self._pause(max(pause, error.retry_after)):
                self._drop(len(lines), error.reason)
                lines.clear()
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _try(self, lines: deque[bytes]) -> Undelivered | None:
        """Write lines once; return the error if some are left, or None."""
        try:
            rejected = self._sink.write(list(lines))
        except Undelivered as error:
            self._written(lines, error.delivered)
            if not error.is_final:
                self.troubles.warn_once(
                    "undelivered",
                    "lines could not be delivered and will be retried: %s",
                    error.reason,
                )
            return error
        self.troubles.count("rejected", rejected)
        self._written(lines, len(lines))
        return None

    def _written(self, lines: deque[bytes], number: int) -> None:
        for _ in range(number):
            lines.popleft()
        self.troubles.count("written", number)

    def _pause(self, seconds: float) -> bool:
        """Wait before the next try; return True if there is no time for one."""
        spread = random.uniform(0.75, 1.25)  # noqa: S311  # no secret
        if not self._closing.wait(seconds * spread):
            return False
        return self._given_up.wait(_PAUSE_AT_END)

    def _drop(self, number: int, reason: str) -> None:
        self.troubles.count("dropped", number)
        self.troubles.warn_once(
            "dropped", "lines were dropped: %s; the recorder's counters have the number", reason
        )

    def _forked(self) -> None:
        """Reset in a forked child: the thread and the queued lines belong to the parent."""
        self.troubles.forget_lock()
        self._reset()


def _call(method: Callable[[], None] | None) -> None:
    if method is not None:
        method()
