"""Schedule the next file to read: logs take turns, and a log's rotated files come first.

Of several rotated files, the one that was found first is the oldest.
"""

from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush

from .rotation import log_of
from .tailed_file import TailedFile


@dataclass(slots=True)
class _Queue:
    """The files of one log."""

    rotated: list[tuple[str, TailedFile]] = field(default_factory=list)  # a heap, by key
    current: deque[TailedFile] = field(default_factory=deque)

    def __bool__(self) -> bool:
        """Whether a file waits in it."""
        return bool(self.rotated or self.current)

    def add(self, file: TailedFile) -> None:
        if file.life.is_rotated:
            heappush(self.rotated, (file.key, file))
        else:
            self.current.append(file)

    def take(self) -> TailedFile:
        return heappop(self.rotated)[1] if self.rotated else self.current.popleft()


class ReadScheduler:
    """The files that have something to read."""

    def __init__(self) -> None:
        """Start with no file."""
        self._queues: dict[str, _Queue] = {}
        self._turns: deque[str] = deque()
        self._waiting: set[TailedFile] = set()

    def add(self, file: TailedFile) -> None:
        """Queue a file that has something to read, unless it is queued already."""
        if file not in self._waiting:
            self._queue(file).add(file)
            self._waiting.add(file)

    def mark_rotated(self, file: TailedFile) -> None:
        """Move a queued file that was rotated away before its successors."""
        queue = self._queues.get(log_of(file.names.origin))
        if queue is not None and file in queue.current:
            queue.current.remove(file)
            queue.add(file)

    def take(self) -> TailedFile | None:
        """Return the next file, None if there is nothing to read."""
        if not self._turns:
            return None
        log = self._turns.popleft()
        queue = self._queues[log]
        file = queue.take()
        self._waiting.discard(file)
        if queue:
            self._turns.append(log)
        else:
            del self._queues[log]
        return file

    def _queue(self, file: TailedFile) -> _Queue:
        log = log_of(file.names.origin)
        if log not in self._queues:
            self._queues[log] = _Queue()
            self._turns.append(log)
        return self._queues[log]
