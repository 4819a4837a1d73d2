"""The id window: exact first-in first-out, whatever the order of additions and changes."""

from collections import OrderedDict

from hypothesis import given
from hypothesis import strategies as st

from exporter.ledger.ids import (
    BILLED,
    REQUEST,
    IdWindow,
    entry,
    holder_of,
    key_of,
    pack,
    time_of,
)

STATES = st.integers(0, 2**63 - 1)
NAMES = st.sampled_from([f"gen_{number}" for number in range(12)])


@given(st.lists(st.tuples(NAMES, STATES)), st.integers(1, 8))
def test_window_is_a_queue(steps: list[tuple[str, int]], limit: int) -> None:
    """A new id is added, a known one changed; the oldest arrival goes first."""
    window = IdWindow(limit)
    model: OrderedDict[str, int] = OrderedDict()
    for name, state in steps:
        key = key_of(name)
        assert window.get(key) == model.get(name)
        if name in model:
            window.update(key, state)
            model[name] = state
            continue
        evicted = window.add(key, state, bytearray())
        model[name] = state
        expected = key_of(model.popitem(last=False)[0]) if len(model) > limit else None
        assert evicted == expected
    assert len(window) == len(model)


@given(st.lists(st.tuples(NAMES, STATES), unique_by=lambda one: one[0]), STATES)
def test_stored_and_loaded(ids: list[tuple[str, int]], state: int) -> None:
    """What is loaded is what was stored, changed states win, a small window keeps the newest."""
    packed = b"".join(entry(key_of(name), value) for name, value in ids)
    window = IdWindow(100)
    window.load(packed)
    window.reload(b"".join(entry(key_of(name), state) for name, _ in ids[:1]))
    small = IdWindow(2)
    small.load(packed)
    small.trim()

    assert [window.get(key_of(name)) for name, _ in ids] == [
        state if not number else value for number, (_, value) in enumerate(ids)
    ]
    assert [name for name, _ in ids if small.get(key_of(name)) is not None] == [
        name for name, _ in ids[-2:]
    ]


@given(st.integers(0, 2**18 - 1), st.integers(0, 4_133_980_799_999))
def test_state_holds_labels_and_time(holder: int, time_ms: int) -> None:
    """Flags, labels and a time up to the year 2100 fit into eight bytes."""
    state = pack(REQUEST | BILLED, holder, time_ms)

    assert state < 2**64
    assert (state & 15, holder_of(state), time_of(state)) == (REQUEST | BILLED, holder, time_ms)
