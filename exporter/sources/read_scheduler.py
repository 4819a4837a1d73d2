"""Decide which file is read next: logs in turns, and of one log what was rotated away first."""

from collections import deque
from dataclasses import dataclass, field

from .rotation import log_of
from .tailed_file import TailedFile


@dataclass(slots=True)
class _Queue:
    """The files of one log."""

    rotated: deque[TailedFile] = field(default_factory=deque)
    current: deque[TailedFile] = field(default_factory=deque)


class ReadScheduler:
    """The files that have something to read."""

    def __init__(self) -> None:
        """Begin with none."""
        self._queues: dict[str, _Queue] = {}
        self._turns: deque[str] = deque()
        self._waiting: set[TailedFile] = set()

    def add(self, file: TailedFile) -> None:
        """Queue a file that has something to read, unless it is queued already."""
        if file not in self._waiting:
            queue = self._queue(file)
            (queue.rotated if file.life.is_rotated else queue.current).append(file)
            self._waiting.add(file)

    def add_again(self, file: TailedFile) -> None:
        """Queue the file that was just taken; a rotated one goes on before all others."""
        if file.life.is_rotated and file not in self._waiting:
            self._queue(file).rotated.appendleft(file)
            self._waiting.add(file)
        else:
            self.add(file)

    def mark_rotated(self, file: TailedFile) -> None:
        """Read a file that was rotated away while it was queued before its successors."""
        queue = self._queues.get(log_of(file.names.origin))
        if queue is not None and file in queue.current:
            queue.current.remove(file)
            queue.rotated.append(file)

    def take(self) -> TailedFile | None:
        """Return the next file, None if there is nothing to read."""
        if not self._turns:
            return None
        log = self._turns.popleft()
        queue = self._queues[log]
        file = (queue.rotated or queue.current).popleft()
        self._waiting.discard(file)
        if queue.rotated or queue.current:
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
