"""Counters of a source: results, rejections, field faults and bytes."""

from pathlib import Path

from exporter.config import Config, Storage
from exporter.counting.counter import INVALID, RecordCounter
from exporter.errors import Reason
from exporter.metrics.exposition import Renderer
from exporter.metrics.published import PublishedState
from exporter.metrics.text_format import Format
from exporter.rules.outcome import PENDING


def exposition(counter: RecordCounter) -> list[str]:
    """Render what was counted."""
    steps = counter.deltas.build_in_steps(0, existing_counted=True)
    state = PublishedState(0)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            state.publish(end.value, 0)
            return Renderer(state).render(Format.TEXT).splitlines()


def test_a_source_is_counted_from_zero(tmp_path: Path) -> None:
    """A source's counters are exposed at 0 before the first event."""
    counter = RecordCounter(Config(storage=Storage(path=tmp_path)))
    counter.create_own()
    counter.count_source("app", 0, {}, {}, {})
    printed = exposition(counter)

    for result in ("accepted", "amended", "duplicate", "pending", "invalid"):
        assert f'zenmux_exporter_records_total{{source="app",result="{result}"}} 0' in printed
    assert 'zenmux_exporter_source_nul_bytes_total{source="app"} 0' in printed
    assert 'zenmux_exporter_source_lost_bytes_total{source="app"} 0' in printed
    assert "zenmux_exporter_token_mismatch_total 0" in printed
    assert "zenmux_exporter_field_faults_total{" not in "".join(printed)


def test_what_was_read_is_added(tmp_path: Path) -> None:
    """Counts of two calls add up."""
    counter = RecordCounter(Config(storage=Storage(path=tmp_path)))
    faults = {("cost_usd", "bad_number"): 2, ("latency_ms", "bad_type"): 1}
    results, invalid = {PENDING: 2, INVALID: 3}, {Reason.not_json: 3}
    counter.count_source("app", 10, results, invalid, faults, nul_bytes=4, lost_bytes=5)
    counter.count_source("app", 10, results, invalid, faults, lost_bytes=5)
    printed = exposition(counter)

    fault = 'zenmux_exporter_field_faults_total{source="app",field="%s",reason="%s"} %d'
    for row in (
        'zenmux_exporter_records_total{source="app",result="pending"} 4',
        'zenmux_exporter_invalid_records_total{source="app",reason="not_json"} 6',
        fault % ("cost_usd", "bad_number", 4),
        fault % ("latency_ms", "bad_type", 2),
        'zenmux_exporter_source_bytes_total{source="app"} 20',
        'zenmux_exporter_source_nul_bytes_total{source="app"} 4',
        'zenmux_exporter_source_lost_bytes_total{source="app"} 10',
    ):
        assert row in printed
