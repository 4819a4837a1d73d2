"""Requests, payouts, and the core of an exporter that keeps facts for them."""

import json

from exporter.config import Config, Source, Storage
from exporter.counting.delta import CompensatedRequest
from exporter.ledger.open import open_ledger
from exporter.ledger.queries import Filter, compensations
from exporter.metrics.published import PublishedState
from exporter.pipeline.ingest import Ingest
from exporter.pipeline.restoring import restore_ids, restored_counter
from exporter.sources import Block
from exporter.sources.cutters import LINES, make_framer

CLOCK = 1_793_500_000
FACTS = ("finish_reason", "input_tokens", "output_tokens", "cost_usd", "latency_ms", "throughput")
KNOWN = ("stop", "120", "30", "0.25", "500.5", "20")
NOTHING = ("unknown",) * 6


def request(name: str, **fields: object) -> str:
    """Return a request with all facts, except fields that are None."""
    record = {
        "id": name,
        "timestamp": CLOCK - 90_000,
        "model": "m",
        "tokens": {"prompt": 100, "input_cache_read": 20, "completion": 30},
        "cost_usd": "0.25",
        "latency_ms": 500.5,
        "generation_ms": 1500,
        "finish_reason": "stop",
        **fields,
    }
    return json.dumps({key: value for key, value in record.items() if value is not None})


def payout(name: str, amount: str = "1", **fields: object) -> str:
    """Return a payout that is reported a day later, with only its id."""
    compensation = {"type": "high_latency", "payout_usd": amount}
    return json.dumps({"event": "compensation", "id": name, "compensation": compensation, **fields})


def facts_of(row: CompensatedRequest) -> tuple[str, ...]:
    """Return the facts of a row's request."""
    return tuple(getattr(row, name) for name in FACTS)


class Exporter:
    """The exporter's core with a ledger, fed by hand."""

    def __init__(self, storage: Storage) -> None:
        """Open and restore the ledger."""
        config = Config(sources=(Source("log", "file", "log"),), storage=storage)
        self.clock = float(CLOCK)
        opened = open_ledger(storage)
        self.ledger = opened.ledger
        counter = restored_counter(config, opened.restored)
        restore_ids(self.ledger, counter)
        self.ingest = Ingest(config, counter, lambda: self.clock)
        self.state = PublishedState.restore(opened.restored, 2000, 0)

    def commit(self, *lines: str) -> None:
        """Count lines, commit and publish."""
        self.count(*lines)
        self.state.publish(self.ledger.commit(self.ingest.build()), CLOCK * 1000)

    def count(self, *lines: str) -> None:
        """Count lines."""
        text = "".join(line + "\n" for line in lines).encode()
        block = Block.of("log", "log", make_framer(1 << 20, LINES).feed(text), len(lines), None, 0)
        for _ in self.ingest.count_in_steps(block):
            pass

    def shown(self) -> dict[str, tuple[str, ...]]:
        """Return the facts of published rows by id, after comparing them with the ledger's rows."""
        page = compensations(self.ledger, Filter(limit=1000))
        published = tuple(self.state.compensated)
        assert page.items[::-1] == published
        return {row.generation_id: facts_of(row) for row in published}
