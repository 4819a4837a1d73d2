"""Any order of sources, batches, commits and crashes gives the recount's totals."""

import dataclasses
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from loggen import generate

from exporter.aggregates import Aggregates
from exporter.config import Config, Source, Storage
from exporter.exposition import Format, render
from exporter.framing import Framer
from exporter.ledger.load import load_ids
from exporter.ledger.opening import open_storage
from exporter.pipeline import Ingest
from exporter.recount import Recount, Settings, differences, parse_exposition
from exporter.sources import Block, Position
from exporter.sources.model import Head

CLOCK = 4.2e9
SOURCES = ("a", "b", "c")


class Exporter:
    """The exporter's core, fed by hand; a crash loses what was not committed."""

    def __init__(self, directory: Path) -> None:
        """Opens the ledger, takes back totals and positions."""
        config = Config(
            sources=tuple(Source(name, "file", name) for name in SOURCES),
            storage=Storage(path=directory),
        )
        self.opened = open_storage(config, Position)
        load_ids(self.opened.ledger, self.opened.folder)
        self.ingest = Ingest(config, self.opened.folder, lambda: CLOCK)
        self.state = Aggregates(2000)
        self.state.restore(self.opened.restored, 0)
        self.counted = {position.source: position.offset for position in self.opened.positions}

    def feed(self, source: str, lines: Sequence[bytes]) -> None:
        """Count the next lines of a source; its position is their number."""
        start = self.counted.get(source, 0)
        end = start + len(lines)
        position = Position(source, source, source, 0, 0, Head(0, ""), end)
        found = Framer(1 << 20).feed(b"".join(line + b"\n" for line in lines))
        block = Block(source, source, *found, 1, position)
        for _ in self.ingest.slices(block):
            pass
        self.counted[source] = end

    def commit(self) -> None:
        """Commit and publish."""
        delta = self.ingest.seal()
        self.opened.ledger.commit(delta)
        self.state.publish(delta, 0)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(SOURCES), st.integers(1, 12)),
        st.just(("commit", 0)),
        st.just(("crash", 0)),
    ),
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), STEPS)
def test_any_interleaving(seed: int, steps: list[tuple[str, int]]) -> None:
    """What was committed counts once; what was lost in a crash is read again and counts once."""
    logs = {name: generate(seed + number, 40) for number, name in enumerate(SOURCES)}
    committed: list[tuple[str, bytes]] = []
    pending: list[tuple[str, bytes]] = []
    with tempfile.TemporaryDirectory() as directory:
        exporter = Exporter(Path(directory))
        for name, count in [*steps, ("commit", 0), ("crash", 0), *((n, 40) for n in SOURCES)]:
            if name == "commit":
                exporter.commit()
                committed += pending
                pending.clear()
            elif name == "crash":
                exporter.opened.ledger.close()
                pending.clear()
                exporter = Exporter(Path(directory))
            else:
                start = exporter.counted.get(name, 0)
                lines = logs[name][start : start + count]
                exporter.feed(name, lines)
                pending += [(name, line) for line in lines]
        exporter.commit()
        text = render(exporter.state, Format.TEXT)
        exporter.opened.ledger.close()
    recount = Recount(Settings())
    for name, line in committed + pending:
        recount.feed(name, line)
    expected = dataclasses.replace(recount.totals(), newest=parse_exposition(text).newest)

    assert differences(expected, parse_exposition(text)) == []
    assert {name: len(lines) for name, lines in logs.items()} == exporter.counted
