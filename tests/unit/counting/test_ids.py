"""The deduplication index evicts first in, first out, regardless of updates."""

from collections import OrderedDict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from implementations import Implementation

STATES = st.tuples(
    st.integers(0, 2**16 - 1), st.integers(0, 2**20 - 1), st.integers(0, 4_133_980_799_999)
)
State = tuple[int, int, int]
NAMES = st.sampled_from([f"gen_{number}" for number in range(12)])
# The fixture has no state, so all examples can share it.
same_fixture = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def state_of(index: object, key: object) -> State | None:
    """Return an id's flags, label set and time in an index."""
    found = index.find(key)  # type: ignore[attr-defined]
    return None if found is None else (found.flags, found.label_set, found.time_ms)


@same_fixture
@given(steps=st.lists(st.tuples(NAMES, STATES)), limit=st.integers(1, 8))
def test_the_oldest_goes_first(
    implementation: Implementation, steps: list[tuple[str, State]], limit: int
) -> None:
    """The oldest insertion is evicted first; updating an id doesn't make it newer."""
    module = implementation.module("counting.deduplication")
    index = module.DeduplicationIndex(limit)
    model: OrderedDict[str, State] = OrderedDict()
    for name, state in steps:
        key = module.key_of(name)
        assert state_of(index, key) == model.get(name)
        if name in model:
            index.update(key, *state)
            model[name] = state
            continue
        index.insert(key, *state)
        model[name] = state
        assert index.is_over == (len(model) > limit)
        if index.is_over:
            assert index.evict() == module.key_of(model.popitem(last=False)[0])
    assert index.count == len(model)


@same_fixture
@given(ids=st.lists(st.tuples(NAMES, STATES), unique_by=lambda one: one[0]), state=STATES)
@pytest.mark.slow
def test_stored_and_restored(
    implementation: Implementation, ids: list[tuple[str, State]], state: State
) -> None:
    """Ids are restored with their last states; a smaller index keeps the newest."""
    module = implementation.module("counting.deduplication")
    keys = [module.key_of(name) for name, _ in ids]
    stored = module.DeduplicationIndex(100)
    added = b"".join(stored.insert(key, *value) for key, (_, value) in zip(keys, ids, strict=True))
    changed = b"".join(stored.update(key, *state) for key in keys[:1])
    index, small = module.DeduplicationIndex(100), module.DeduplicationIndex(2)
    index.restore(added, changed)
    small.restore(added, b"")

    assert len(added) == module.ENTRY_BYTES * len(ids)
    assert [state_of(index, key) for key in keys] == [
        state if not number else value for number, (_, value) in enumerate(ids)
    ]
    assert [key for key in keys if small.find(key) is not None] == keys[-2:]
