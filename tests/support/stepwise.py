"""Run an exporter step by step."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from exporter.config import Config, Source, Storage
from exporter.counting.counter import RecordCounter
from exporter.ledger.open import open_ledger
from exporter.metrics.published import PublishedState
from exporter.pipeline.ingest import Ingest
from exporter.pipeline.restoring import restore_ids, restored_counter
from exporter.positions import Fingerprint, Position
from exporter.sources import Block
from exporter.sources.cutters import LINES, make_framer

CLOCK = 4.2e9


SOURCES = ("a", "b", "c")


class Exporter:
    """The exporter's core, driven by hand; a crash loses what was not committed."""

    def __init__(self, directory: Path, id_window: int) -> None:
        """Open the ledger; restore totals and positions."""
        config = Config(
            sources=tuple(Source(name, "file", name) for name in SOURCES),
            storage=Storage(path=directory, id_window=id_window),
        )
        self.opened = open_ledger(config.storage)
        restored = self.opened.restored
        counter: RecordCounter = restored_counter(config, restored)
        restore_ids(self.opened.ledger, counter)
        self.ingest = Ingest(config, counter, lambda: CLOCK)
        self.state = PublishedState.restore(restored, 2000, 0)
        self.positions = restored.positions
        self.counted = {position.source: position.offset for position in restored.positions}

    def read_again(self, logs: Mapping[str, Sequence[bytes]]) -> None:
        """Read again what was unfinished at the last commit."""
        for position in self.positions:
            if position.resume is not None:
                text = text_of(logs[position.source])[position.resume : position.offset]
                block = _block(text, position.resume, position)
                self._read(replace(block, size=0, is_replayed=True))

    def feed(self, source: str, lines: Sequence[bytes]) -> None:
        """Count the next lines of a source."""
        start, text = self.counted.get(source, 0), text_of(lines)
        self.counted[source] = end = start + len(text)
        position = Position(source, source, source, 0, 0, Fingerprint(0, ""), end)
        self._read(_block(text, start, position))

    def _read(self, block: Block) -> None:
        for _ in self.ingest.count_in_steps(block):
            pass

    def commit(self) -> None:
        """Commit and publish."""
        delta = self.opened.ledger.commit(self.ingest.build())
        self.state.publish(delta, 0)


def text_of(lines: Sequence[bytes]) -> bytes:
    """Return the content of a file with these lines."""
    return b"".join(line + b"\n" for line in lines)


def _block(text: bytes, start: int, position: Position) -> Block:
    found = make_framer(1 << 20, LINES).feed(text)
    return Block.of(position.source, position.key, found, len(text), position, start)
