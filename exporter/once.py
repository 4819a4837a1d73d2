"""`once`: files in the order given in, the exposition of their totals out; nothing is kept."""

import time
from collections.abc import Callable

from .aggregates import Aggregates
from .config import Config
from .exposition import Format, render
from .ledger import Folder
from .pipeline import Ingest
from .sources import read_file


def count_once(config: Config, clock: Callable[[], float] = time.time) -> str:
    """The exposition after reading every source to its end; raises `ExporterError`."""
    ingest = Ingest(config, Folder(config), clock)
    state = Aggregates(config.storage.compensated_requests)
    now_ms = int(clock() * 1000)
    state.publish(ingest.seal(), now_ms)
    for source in config.sources:
        for block in read_file(source.name, source.path or "-", config.storage.max_line_bytes):
            for _ in ingest.slices(block):
                pass
            if ingest.is_full:
                state.publish(ingest.seal(), now_ms)
    state.publish(ingest.seal(), now_ms)
    return render(state, Format.TEXT)
