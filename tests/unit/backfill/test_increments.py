"""Increments come back from disk by block and line, in order of time; none is lost."""

import tempfile
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from exporter.backfill.increment_store import BLOCK_SECONDS, block_of
from exporter.backfill.sample_grid import STEPS
from exporter.backfill.step_chooser import StepChooser
from implementations import Implementation

TIMES = st.integers(-3 * BLOCK_SECONDS, 3 * BLOCK_SECONDS)
AMOUNTS = st.one_of(st.integers(1, 1000), st.integers(1, 1 << 66))
HELD = st.dictionaries(
    st.integers(0, 1 << 40), st.dictionaries(TIMES, AMOUNTS, min_size=1, max_size=6), max_size=4
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(batches=st.lists(HELD, max_size=4))
@example(batches=[{1: {BLOCK_SECONDS: 1, 1: 2}}, {1: {1: 3, BLOCK_SECONDS + 1: 1 << 65}}])
def test_increments_come_back(
    implementation: Implementation, batches: list[dict[int, dict[int, int]]]
) -> None:
    """Whatever their order, those of one time in pieces that add up."""
    store: Any = implementation.module("backfill.increment_store")
    expected: defaultdict[tuple[int, int], defaultdict[int, int]]
    expected = defaultdict(lambda: defaultdict(int))
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(store.IncrementStore(Path(folder) / "increments")) as stored,
    ):
        for batch in batches:
            stored.add(batch)
            for line, added in batch.items():
                for at, amount in added.items():
                    expected[block_of(at), line][at] += amount
        for (block, line), added in expected.items():
            assert line in stored.places(block)
            times, amounts = stored.of_line(block, line)
            assert times == sorted(times)
            found: defaultdict[int, int] = defaultdict(int)
            for at, amount in zip(times, amounts, strict=True):
                found[at] += amount
            assert found == added
        assert stored.of_line(9, 1) == ([], [])
        before: defaultdict[int, int] = defaultdict(int)
        for line, amount in stored.before(0):
            before[line] += amount
    earlier: defaultdict[int, int] = defaultdict(int)
    for (block, line), added in expected.items():
        if block < 0:
            earlier[line] += sum(added.values())
    assert before == earlier


@pytest.mark.parametrize("dropped", range(len(STEPS)))
def test_increments_fit_into_every_step_left(dropped: int) -> None:
    """300 s is no multiple of 120 s."""
    chooser = StepChooser(0, 10**9, None)
    while len(chooser.steps) > len(STEPS) - dropped:
        chooser.add_series(1, 10**9 - 10**8)
    assert chooser.step == STEPS[dropped]
    assert [step % chooser.unit for step in chooser.steps] == [0] * len(chooser.steps)
