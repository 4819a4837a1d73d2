"""The states of a followed file, and what leads from one to another.

=============  ===================================================================================
UNIDENTIFIED   too short to tell whose content it is; not read yet
ACTIVE         followed under its name; an unfinished last line waits for its newline
COMPLETE       an archive that was read to its end
ROTATED        it lost its name: what is left is read before its successors
FINISHED       rotated, and its last line was given out, with a newline or without
MISSING        found nowhere; recognised if it turns up again
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

`.` stays. UNIDENTIFIED and MISSING hold a file back: they remember one of the other four states,
`.*` moves that one, and `(*)` goes on with it.
"""

from collections.abc import Mapping
from enum import Enum, auto

from ..positions import Position


class Replaced(Exception):
    """A file no longer holds the content that was being read."""


class State(Enum):
    """Where a followed file is in its life."""

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

    `state`, `is_unidentified`, `is_missing`, `is_rotated` (it has lost its name) and `is_finished`
    (its last line was given out) are to be read only; the latter two also tell of the state that is
    held back.
    """

    def __init__(self, position: Position | None = None) -> None:
        """Begin as ACTIVE, or with what a read position tells."""
        self._held: State | None = None
        self._reading = State.ACTIVE
        self._settle()
        if position is not None and position.finished:
            self.end()
        if position is not None and position.rotated:
            self.rotate()

    def _settle(self) -> None:
        # Asked for thousands of files at each poll, but changed seldom.
        self.state = self._held or self._reading
        self.is_rotated = self._reading in {State.ROTATED, State.FINISHED}
        self.is_finished = self._reading in {State.COMPLETE, State.FINISHED}
        self.is_unidentified = self._held is State.UNIDENTIFIED
        self.is_missing = self._held is State.MISSING

    def rotate(self) -> None:
        """The file lost its name."""
        self._move(_ROTATE)

    def grow(self) -> None:
        """There was more to read."""
        if self.is_finished:
            self._move(_GROW)

    def end(self) -> None:
        """The last line was given out."""
        self._move(_END)

    def _move(self, table: Mapping[State, State]) -> None:
        self._reading = table.get(self._reading, self._reading)
        self._settle()

    def rewind(self, *, finished: bool) -> None:
        """Go back to where the last line was given out, or was not; look for a missing file."""
        self.find()
        if finished:
            self.end()
        else:
            self.grow()

    def hold(self) -> None:
        """A new file is too short to tell whose content it is."""
        self._hold(State.UNIDENTIFIED)

    def identify(self) -> None:
        """The content is known to be new."""
        if self._held is State.UNIDENTIFIED:
            self._hold(None)

    def lose(self) -> None:
        """The content was found nowhere."""
        self._hold(State.MISSING)

    def find(self) -> None:
        """The content was found and is open."""
        if self._held is State.MISSING:
            self._hold(None)

    def _hold(self, held: State | None) -> None:
        self._held = held
        self._settle()
