"""The states of a followed file, and the transitions between them.

=============  ===================================================================================
UNIDENTIFIED   too short to identify its content; not read yet
ACTIVE         followed under its name; an unfinished last line waits for its newline
COMPLETE       an archive that was read to its end
ROTATED        lost its name; the rest of it is read before its successors
FINISHED       rotated, and its last line was returned, with or without a newline
MISSING        not found; recognised if it turns up again
=============  ===================================================================================

=============  ========  ========  ========  ==========  ==========  =========
from           rotate    grow      end       identify    lose        find
=============  ========  ========  ========  ==========  ==========  =========
UNIDENTIFIED   .*        .*        .*        (*)         MISSING     .
ACTIVE         ROTATED   .         COMPLETE  .           MISSING     .
COMPLETE       FINISHED  ACTIVE    .         .           MISSING     .
ROTATED        .         .         FINISHED  .           MISSING     .
FINISHED       .         ROTATED   .         .           MISSING     .
MISSING        .*        .*        .*        .           .           (*)
=============  ========  ========  ========  ==========  ==========  =========

`.` keeps the state. UNIDENTIFIED and MISSING hold back one of the other four states: `.*` changes
the held state, and `(*)` returns to it.
"""

from collections.abc import Mapping
from enum import Enum, auto

from ..positions import Position


class Replaced(Exception):
    """A file no longer holds the content that was being read."""


class State(Enum):
    """The states of a followed file."""

    UNIDENTIFIED = auto()
    ACTIVE = auto()
    COMPLETE = auto()
    ROTATED = auto()
    FINISHED = auto()
    MISSING = auto()


_ROTATE: Mapping[State, State] = {
    State.ACTIVE: State.ROTATED,
    State.COMPLETE: State.FINISHED,
}
_GROW: Mapping[State, State] = {
    State.COMPLETE: State.ACTIVE,
    State.FINISHED: State.ROTATED,
}
_END: Mapping[State, State] = {
    State.ACTIVE: State.COMPLETE,
    State.ROTATED: State.FINISHED,
}


class Lifecycle:
    """The state of one file.

    `state`, `is_unidentified`, `is_missing`, `is_rotated` (lost its name) and `is_finished` (its
    last line was returned) are read-only; the last two apply to the held state too.
    """

    def __init__(self, position: Position | None = None) -> None:
        """Start as ACTIVE, or in the state of a read position."""
        self._held: State | None = None
        self._reading = State.ACTIVE
        self._settle()
        if position is not None and position.finished:
            self.end()
        if position is not None and position.rotated:
            self.rotate()

    def _settle(self) -> None:
        # Computed here because polls read it for thousands of files, and it seldom changes.
        self.state = self._held or self._reading
        self.is_rotated = self._reading in {State.ROTATED, State.FINISHED}
        self.is_finished = self._reading in {State.COMPLETE, State.FINISHED}
        self.is_unidentified = self._held is State.UNIDENTIFIED
        self.is_missing = self._held is State.MISSING

    def rotate(self) -> None:
        """Note that the file lost its name."""
        self._move(_ROTATE)

    def grow(self) -> None:
        """Note that there was more to read."""
        if self.is_finished:
            self._move(_GROW)

    def end(self) -> None:
        """Note that the last line was returned."""
        self._move(_END)

    def _move(self, table: Mapping[State, State]) -> None:
        self._reading = table.get(self._reading, self._reading)
        self._settle()

    def rewind(self, *, finished: bool) -> None:
        """Go back to an earlier position; `finished`: the last line was returned by then.

        A missing file counts as found, so that it is looked for again.
        """
        self.find()
        if finished:
            self.end()
        else:
            self.grow()

    def hold(self) -> None:
        """Note that a new file is too short to identify its content."""
        self._hold(State.UNIDENTIFIED)

    def identify(self) -> None:
        """Note that the content is known to be new."""
        if self._held is State.UNIDENTIFIED:
            self._hold(None)

    def lose(self) -> None:
        """Note that the content was not found."""
        self._hold(State.MISSING)

    def find(self) -> None:
        """Note that the content was found and is open."""
        if self._held is State.MISSING:
            self._hold(None)

    def _hold(self, held: State | None) -> None:
        self._held = held
        self._settle()
