"""The states of a followed file and all their transitions."""

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
# The columns are the events; UNIDENTIFIED and MISSING hold back ACTIVE.
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
    """The lifecycle of a file restored in this state."""
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
    """A lifecycle in any state."""
    life = restored(state if state in READING else ACTIVE)
    if state is UNIDENTIFIED:
        life.hold()
    elif state is MISSING:
        life.lose()
    return life


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("column", range(len(EVENTS)), ids=[event.__name__ for event in EVENTS])
def test_transition(state: State, column: int) -> None:
    """Each event in each state leads to the table's state."""
    life = in_state(state)
    assert life.state is state

    EVENTS[column](life)

    assert life.state is TABLE[state][column]


@pytest.mark.parametrize("state", READING)
@pytest.mark.parametrize("column", range(3), ids=[event.__name__ for event in EVENTS[:3]])
def test_what_is_held_back_moves_on(state: State, column: int) -> None:
    """A missing file keeps its state and the effects of later events."""
    life = restored(state)
    life.lose()

    EVENTS[column](life)
    assert life.state is MISSING
    life.find()

    assert life.state is TABLE[state][column]


@pytest.mark.parametrize("state", READING)
def test_position_tells_the_state(state: State) -> None:
    """`is_finished` and `is_rotated` follow from the state, also while the file is missing."""
    life = restored(state)
    for _ in range(2):
        assert life.is_finished is (state in IS_FINISHED)
        assert life.is_rotated is (state in IS_ROTATED)
        life.lose()


@pytest.mark.parametrize("state", READING)
@pytest.mark.parametrize("finished", [False, True])
def test_rewind(state: State, finished: bool) -> None:
    """A rewind keeps whether the file was rotated, and leaves MISSING."""
    life = restored(state)
    life.lose()

    life.rewind(finished=finished)

    assert (life.is_rotated, life.is_finished) == (state in IS_ROTATED, finished)
    assert life.state in READING


def test_rotated_while_unidentified() -> None:
    """A file rotated before it is identified becomes ROTATED."""
    life = in_state(UNIDENTIFIED)

    life.rotate()
    life.identify()

    assert life.state is ROTATED
