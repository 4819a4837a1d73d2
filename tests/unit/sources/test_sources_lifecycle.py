"""The states of a followed file: every transition of the table, and what is remembered."""

from collections.abc import Callable

import pytest

from exporter.positions import Fingerprint, Position
from exporter.sources.lifecycle import Lifecycle, State

UNIDENTIFIED, ACTIVE, COMPLETE = State.UNIDENTIFIED, State.ACTIVE, State.COMPLETE
ROTATED, FINISHED, MISSING = State.ROTATED, State.FINISHED, State.MISSING

EVENTS: tuple[Callable[[Lifecycle], None], ...] = (
    Lifecycle.rotate,
    Lifecycle.grow,
    Lifecycle.end,
    Lifecycle.identify,
    Lifecycle.lose,
    Lifecycle.find,
)
# The columns are the events; UNIDENTIFIED and MISSING hold an ACTIVE file back.
TABLE = {
    UNIDENTIFIED: (UNIDENTIFIED, UNIDENTIFIED, UNIDENTIFIED, ACTIVE, MISSING, UNIDENTIFIED),
    ACTIVE: (ROTATED, ACTIVE, COMPLETE, ACTIVE, MISSING, ACTIVE),
    COMPLETE: (FINISHED, ACTIVE, COMPLETE, COMPLETE, MISSING, COMPLETE),
    ROTATED: (ROTATED, ROTATED, FINISHED, ROTATED, MISSING, ROTATED),
    FINISHED: (FINISHED, ROTATED, FINISHED, FINISHED, MISSING, FINISHED),
    MISSING: (MISSING, MISSING, MISSING, MISSING, MISSING, ACTIVE),
}
READING = (ACTIVE, COMPLETE, ROTATED, FINISHED)
IS_FINISHED = {COMPLETE, FINISHED}
IS_ROTATED = {ROTATED, FINISHED}


def restored(state: State) -> Lifecycle:
    """A file that was read before a restart."""
    position = Position(
        "key",
        "source",
        "path",
        1,
        1,
        Fingerprint(0, ""),
        0,
        finished=state in IS_FINISHED,
        rotated=state in IS_ROTATED,
    )
    return Lifecycle(position)


def in_state(state: State) -> Lifecycle:
    """A file in any state."""
    life = restored(state if state in READING else ACTIVE)
    if state is UNIDENTIFIED:
        life.hold()
    elif state is MISSING:
        life.lose()
    return life


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("column", range(len(EVENTS)), ids=[event.__name__ for event in EVENTS])
def test_transition(state: State, column: int) -> None:
    """Each event leads from each state to the one that the table names."""
    life = in_state(state)
    assert life.state is state

    EVENTS[column](life)

    assert life.state is TABLE[state][column]


@pytest.mark.parametrize("state", READING)
@pytest.mark.parametrize("column", range(3), ids=[event.__name__ for event in EVENTS[:3]])
def test_what_is_held_back_moves_on(state: State, column: int) -> None:
    """A missing file remembers its state, and what happens to it meanwhile."""
    life = restored(state)
    life.lose()

    EVENTS[column](life)
    assert life.state is MISSING
    life.find()

    assert life.state is TABLE[state][column]


@pytest.mark.parametrize("state", READING)
def test_position_tells_the_state(state: State) -> None:
    """The two facts of a position are those of the state, also while it is held back."""
    life = restored(state)
    for _ in range(2):
        assert life.is_finished is (state in IS_FINISHED)
        assert life.is_rotated is (state in IS_ROTATED)
        life.lose()


@pytest.mark.parametrize("state", READING)
@pytest.mark.parametrize("finished", [False, True])
def test_rewind(state: State, finished: bool) -> None:
    """Going back to a position keeps whether the file was rotated, and finds it again."""
    life = restored(state)
    life.lose()

    life.rewind(finished=finished)

    assert (life.is_rotated, life.is_finished) == (state in IS_ROTATED, finished)
    assert life.state in READING


def test_rotated_while_unidentified() -> None:
    """A short file that loses its name before it is identified is a rotated one."""
    life = in_state(UNIDENTIFIED)

    life.rotate()
    life.identify()

    assert life.state is ROTATED
