"""Whose turn it is to be read: logs in turns, and of one log what was rotated away first."""

from collections import deque
from dataclasses import dataclass, field

from .rotated import log_of
from .tracked import Tracked


@dataclass(slots=True)
class _Lane:
    rotated: deque[Tracked] = field(default_factory=deque)
    current: deque[Tracked] = field(default_factory=deque)


class Lanes:
    """The files that have something to read."""

    def __init__(self) -> None:
        """Nothing to read yet."""
        self._lanes: dict[str, _Lane] = {}
        self._turns: deque[str] = deque()
        self._waiting: set[Tracked] = set()

    def add(self, file: Tracked) -> None:
        """The file has something to read, unless that is known already."""
        if file not in self._waiting:
            lane = self._lane(file)
            (lane.rotated if file.rotated else lane.current).append(file)
            self._waiting.add(file)

    def retire(self, file: Tracked) -> None:
        """The file was rotated away while it waited: it is read before its successors."""
        lane = self._lanes.get(log_of(file.origin))
        if lane is not None and file in lane.current:
            lane.current.remove(file)
            lane.rotated.append(file)

    def again(self, file: Tracked) -> None:
        """The file that was just taken has more: a rotated one goes on before all others."""
        if file.rotated and file not in self._waiting:
            self._lane(file).rotated.appendleft(file)
            self._waiting.add(file)
        else:
            self.add(file)

    def take(self) -> Tracked | None:
        """The next file, None where there is nothing to read."""
        if not self._turns:
            return None
        log = self._turns.popleft()
        lane = self._lanes[log]
        file = (lane.rotated or lane.current).popleft()
        self._waiting.discard(file)
        if lane.rotated or lane.current:
            self._turns.append(log)
        else:
            del self._lanes[log]
        return file

    def _lane(self, file: Tracked) -> _Lane:
        log = log_of(file.origin)
        if log not in self._lanes:
            self._lanes[log] = _Lane()
            self._turns.append(log)
        return self._lanes[log]
