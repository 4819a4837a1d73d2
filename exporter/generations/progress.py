"""Positions in files of ids up to which all ids are done, stored beside the answers."""

import os
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ..logs import get
from ..positions import Position, escape_names, unescape_names

log = get(__name__)


@dataclass(slots=True, eq=False)
class Batch:
    """Ids that were read together, how many of them are open, and the position after them."""

    position: Position | None
    open: int = 0


class Progress:
    """Saved positions, in reading order: none is saved before all earlier ids are done.

    Ids done after an open one are requested again after a restart, which counts nothing twice.
    """

    def __init__(self, path: Path) -> None:
        """Load the saved positions; start from the beginning if the file is damaged."""
        self._path = path
        self._batches: deque[Batch] = deque()
        self._is_changed = False
        self._positions = {position.key: position for position in _load(path)}

    @property
    def positions(self) -> Iterable[Position]:
        """Where reading continues after a restart."""
        return self._positions.values()

    def begin(self, position: Position | None) -> Batch:
        """Register a batch that was read, before its ids are added."""
        batch = Batch(position)
        self._batches.append(batch)
        return batch

    def save(self) -> None:
        """Save the positions up to which all ids are done, atomically."""
        while self._batches and not self._batches[0].open:
            position = self._batches.popleft().position
            if position is not None:
                self._positions[position.key] = position
                self._is_changed = True
        if self._is_changed:
            self._write()
            self._is_changed = False

    def _write(self) -> None:
        text = msgspec.json.encode([escape_names(one) for one in self._positions.values()])
        new = self._path.with_name(f"{self._path.name}.new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        with os.fdopen(os.open(new, flags, 0o600), "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)


def _load(path: Path) -> list[Position]:
    try:
        found = msgspec.json.decode(path.read_bytes(), type=list[Position])
    except FileNotFoundError:
        return []
    except msgspec.MsgspecError:
        log.warning("progress of generation ids is damaged, requesting all ids again", file=path)
        return []
    return [unescape_names(one) for one in found]
