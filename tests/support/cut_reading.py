"""Compare reading that stops and resumes anywhere with reading in one go."""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from exporter.config import Config, Source, Storage
from exporter.counting.counter import RecordCounter
from exporter.ledger.open import open_ledger
from exporter.metrics.exposition import Renderer
from exporter.metrics.published import PublishedState
from exporter.metrics.text_format import Format
from exporter.pipeline.ingest import Ingest, specs
from exporter.pipeline.restoring import reread_counter, restore_ids, restored_counter
from exporter.sources import Sources

CLOCK = 4.2e9


MAX_LINE = 4096


def config_of(directory: Path, path: Path, **options: Any) -> Config:
    """Return a configuration with one file; `options` are the source's."""
    return Config(
        storage=Storage(path=directory, max_line_bytes=MAX_LINE),
        sources=(Source("log", "file", str(path), **options),),
    )


class Exporter:
    """Sources, counting and ledger, driven by hand; a crash loses what was not committed."""

    def __init__(self, directory: Path, path: Path, **options: Any) -> None:
        """Open the ledger and resume; `options` are the source's."""
        self.config = config_of(directory, path, **options)
        self.opened = open_ledger(self.config.storage)
        restored = self.opened.restored
        counter: RecordCounter = restored_counter(self.config, restored)
        restore_ids(self.opened.ledger, counter)
        self.ingest = Ingest(self.config, counter, lambda: CLOCK)
        self.state = PublishedState.restore(restored, 2000, 0)
        self.sources = Sources(specs(self.config), restored.positions, MAX_LINE, lambda: CLOCK)

    def read(self, size: int) -> bool:
        """Count a block; return False if there was none."""
        block = self.sources.read(size)
        if block is not None:
            for _ in self.ingest.count_in_steps(block):
                pass
        return block is not None

    def commit(self) -> None:
        """Commit and publish."""
        delta = self.ingest.build()
        self.ingest.note_built()
        self.opened.ledger.commit(delta)
        self.ingest.note_committed()
        self.state.publish(delta, 0)

    def take_back(self) -> None:
        """Go back to the committed state, as after a refused batch."""
        self.sources.rewind(self.state.positions)
        self.ingest.restart(reread_counter(self.opened.ledger, self.config))

    def close(self) -> None:
        """Close without committing."""
        self.sources.close()
        self.opened.ledger.close()

    def text(self) -> str:
        """Return the exposition."""
        return Renderer(self.state).render(Format.TEXT)


def requests(text: str) -> list[str]:
    """Return the totals of requests."""
    return [row for row in text.split("\n") if row.startswith("zenmux_") and "exporter" not in row]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.integers(1, 400)),
        st.tuples(st.just("write"), st.integers(1, 400)),
        st.sampled_from((("commit", 0), ("commit", 0), ("crash", 0), ("back", 0), ("poll", 0))),
    ),
    max_size=60,
)


def cut_and_straight(data: bytes, steps: list[tuple[str, int]], **options: Any) -> tuple[str, str]:
    """Return the expositions after reading a log in these steps, and in one go."""
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory, "app.log")
        log.write_bytes(written := data[:1500])
        exporter = Exporter(Path(directory), log, **options)
        for step, size in steps:
            if step == "read":
                exporter.read(size)
            elif step == "write":
                log.write_bytes(written := data[: len(written) + size])
                exporter.sources.poll()
            elif step == "crash":
                exporter.close()
                exporter = Exporter(Path(directory), log, **options)
            else:
                {
                    "commit": exporter.commit,
                    "back": exporter.take_back,
                    "poll": exporter.sources.poll,
                }[step]()
        log.write_bytes(data)
        exporter.sources.poll()
        while exporter.read(1 << 20):
            pass
        exporter.commit()
        text = exporter.text()
        exporter.close()
        straight = Exporter(Path(directory, "other"), log, **options)
        while straight.read(1 << 20):
            pass
        straight.commit()
        expected = straight.text()
        straight.close()
    return text, expected


def totals(text: str) -> list[str]:
    """Return all totals."""
    return [row for row in text.split("\n") if "_total{" in row]
