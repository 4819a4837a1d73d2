"""Any interleaving of sources, batches, commits and crashes gives the oracle's totals."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from exporter.metrics.exposition import Renderer
from exporter.metrics.text_format import Format
from loggen import generate
from oracle import Oracle, Settings, differences, parse_exposition
from stepwise import SOURCES, Exporter, text_of

WINDOWS = st.sampled_from((3, 20, 10_000_000))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(SOURCES), st.integers(1, 12)),
        st.just(("commit", 0)),
        st.just(("crash", 0)),
    ),
    max_size=30,
)


@settings(max_examples=examples(24, 240), deadline=None)
@given(st.integers(0, 10_000), WINDOWS, STEPS)
@pytest.mark.slow
def test_any_interleaving(seed: int, window: int, steps: list[tuple[str, int]]) -> None:
    """Every line counts once, whether committed at first or read again after a crash."""
    logs = {name: generate(seed + number, 40) for number, name in enumerate(SOURCES)}
    committed: list[tuple[str, bytes]] = []
    pending: list[tuple[str, bytes]] = []
    with tempfile.TemporaryDirectory() as directory:
        exporter = Exporter(Path(directory), window)
        for name, count in [*steps, ("commit", 0), ("crash", 0), *((n, 40) for n in SOURCES)]:
            if name == "commit":
                exporter.commit()
                committed += pending
                pending.clear()
            elif name == "crash":
                exporter.opened.ledger.close()
                pending.clear()
                exporter = Exporter(Path(directory), window)
                exporter.read_again(logs)
            else:
                start = text_of(logs[name])[: exporter.counted.get(name, 0)].count(b"\n")
                lines = logs[name][start : start + count]
                exporter.feed(name, lines)
                pending += [(name, line) for line in lines]
        exporter.commit()
        text = Renderer(exporter.state).render(Format.TEXT)
        exporter.opened.ledger.close()
    oracle = Oracle(Settings(id_window=window))
    for name, line in committed + pending:
        oracle.feed(name, line)
    expected = replace(oracle.totals(), newest=parse_exposition(text).newest)

    assert differences(expected, parse_exposition(text)) == []
    assert {name: len(text_of(lines)) for name, lines in logs.items()} == exporter.counted


def test_an_id_that_comes_again_begins_anew() -> None:
    """The old state of an evicted id isn't restored after a restart."""
    request, billed = (
        b'{"id": "x", "timestamp": 1793491200, "model": "m"%s}' % more
        for more in (b"", b', "cost_usd": 1')
    )
    others = [b'{"id": "%d", "timestamp": 1793491200, "model": "m"}' % n for n in range(3)]
    with tempfile.TemporaryDirectory() as directory:
        exporter = Exporter(Path(directory), 3)
        exporter.feed("a", [request])
        exporter.commit()
        exporter.feed("a", [billed, *others, request])
        exporter.commit()
        exporter.opened.ledger.close()
        exporter = Exporter(Path(directory), 3)
        exporter.feed("a", [billed])
        exporter.commit()
        text = Renderer(exporter.state).render(Format.TEXT)
        exporter.opened.ledger.close()

    assert 'item="unitemized"} 2\n' in text
    assert 'records_total{source="a",result="amended"} 2\n' in text
