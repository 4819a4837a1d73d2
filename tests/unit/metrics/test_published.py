"""The published state: publishing deltas, restoring, and dropping rows."""

from dataclasses import replace
from pathlib import Path

from deltas import COST, DURATION, LABELS, REQUESTS, TIME_MS, compensated, first, histogram
from exporter.config import Storage
from exporter.counting.deduplication import ENTRY_BYTES
from exporter.counting.delta import Delta, NewSeries
from exporter.ledger.open import open_ledger
from exporter.ledger.restore import Restored
from exporter.metrics.compensated import CompensatedRequests
from exporter.metrics.exposition import Renderer
from exporter.metrics.published import PublishedState
from exporter.metrics.text_format import Format
from exporter.positions import Fingerprint, Position, ScrapeCursor

MINUTE = 60_000
POSITION = Position("key", "main", "/var/log/app.jsonl", 1, 2, Fingerprint(3, "ab"), 100)
SECOND = Delta(
    created=(NewSeries(4, REQUESTS, (*LABELS, "error")),),
    counters=((1, 5), (4, 1)),
    histograms=((2, histogram(1, 2, 3)),),
    newest_ms=TIME_MS - 1,
    compensated=(compensated("gen_1"),),
    ids=6,
    positions={"key": POSITION},
    existing_counted=True,
    last_number=4,
    built_ms=TIME_MS,
)


def test_publish() -> None:
    """A delta replaces the values it has; all others are kept."""
    state = PublishedState(10)
    state.publish(first(), TIME_MS)
    state.publish(SECOND, TIME_MS)

    requests, durations = state.families[REQUESTS], state.families[DURATION]
    assert [(one.number, one.labels[-1], one.value) for one in requests] == [
        (1, "success", 5),
        (4, "error", 1),
    ]
    assert [one.value for one in state.families[COST]] == [2_500_000_000_000]
    assert [one.value for one in durations] == [histogram(1, 2, 3)]
    assert (state.newest_ms, state.ids, state.last_number) == (TIME_MS, 6, 4)
    assert state.positions == {"key": POSITION}
    assert [one.generation_id for one in state.compensated] == ["gen_1"]


def test_restart(tmp_path: Path) -> None:
    """A restored state renders the same text as before the restart, for each scraper."""
    storage = Storage(path=tmp_path, compensated_requests=10)
    ledger = open_ledger(storage).ledger
    state = PublishedState(10)
    for delta in (first(), SECOND):
        # The ledger counts ids by the entries that it stores.
        ledger.commit(replace(delta, new_ids=bytes(3 * ENTRY_BYTES), id_limit=10))
        state.publish(delta, TIME_MS)
    update = state.cursor_update("a", 3, TIME_MS)
    assert update is not None
    ledger.save_cursor(update.scraper, update.cursor, update.forgotten)
    state.acknowledge(update)
    ledger.close()
    opened = open_ledger(storage)
    opened.ledger.close()
    again = PublishedState.restore(opened.restored, 10, TIME_MS)

    for form in Format:
        assert Renderer(again).render(form) == Renderer(state).render(form)
    assert again.positions == state.positions
    assert (again.last_number, again.ids) == (4, 6)
    for now_ms in (TIME_MS, TIME_MS + 11 * MINUTE):
        assert [again.shown(name, now_ms) for name in "ab"] == [4, 4]


def test_restored_cursors_and_creations() -> None:
    """A known scraper continues after its cursor; for others, recent series are new."""
    restored = Restored(
        series=(),
        newest_ms=0,
        compensated=(),
        counted_existing=True,
        existing_number=2,
        creations=((TIME_MS - 2 * MINUTE, 5), (TIME_MS - MINUTE, 8)),
        cursors={"a": ScrapeCursor(6, TIME_MS)},
        ids=0,
        last_number=9,
        label_sets=(),
        admitted=(),
        synthetic_ids=0,
        positions=(),
    )
    state = PublishedState.restore(restored, 10, TIME_MS)

    assert [state.shown(name, TIME_MS) for name in "ab"] == [6, 4]
    assert state.shown("b", TIME_MS + 9 * MINUTE) == 7


def test_series_that_are_no_longer_counted(tmp_path: Path) -> None:
    """A counter of an earlier version that the ledger no longer keeps isn't exposed."""
    created = NewSeries(1, "zenmux_exporter_compensated_requests_unseen_total", ())
    with_old = Delta(created=(created,), counters=((1, 7),), last_number=1)
    storage = Storage(path=tmp_path)
    ledger = open_ledger(storage).ledger
    ledger.commit(with_old)
    ledger.close()
    opened = open_ledger(storage)
    opened.ledger.close()
    state = PublishedState.restore(opened.restored, 10, TIME_MS)

    assert "unseen" not in Renderer(state).render(Format.TEXT)
    assert state.last_number == 1


def names(requests: CompensatedRequests) -> list[str]:
    """The ids of the exposed requests."""
    return [one.generation_id for one in requests]


def test_compensated_requests_are_bounded() -> None:
    """Beyond the limit, the oldest is dropped after ten minutes and two scrapes."""
    requests = CompensatedRequests(2)
    requests.publish([compensated(f"gen_{n}") for n in range(4)], (), TIME_MS)
    later = TIME_MS + 10 * MINUTE
    requests.publish((), (), later)
    assert names(requests) == ["gen_0", "gen_1", "gen_2", "gen_3"]
    requests.scraped()
    requests.publish((), (), later)
    assert len(names(requests)) == 4
    requests.scraped()
    requests.publish((), (), later - 1)
    assert len(names(requests)) == 4
    requests.publish((), (), later)
    assert names(requests) == ["gen_2", "gen_3"]
    assert requests.unseen == 0


def test_compensated_requests_that_went_unseen() -> None:
    """Up to ten times the limit is kept until scraped; rows dropped unseen are counted."""
    requests = CompensatedRequests(1)
    requests.publish([compensated(f"gen_{n}") for n in range(13)], (), TIME_MS)

    assert names(requests) == [f"gen_{n}" for n in range(3, 13)]
    assert requests.unseen == 3


def test_a_payout_is_revised() -> None:
    """A revision changes only the row's payout; one without a row changes nothing."""
    requests = CompensatedRequests(2)
    rows = [compensated("gen_1"), compensated("gen_2")]
    requests.publish(rows, ((rows[0].key, 7), (("gen_3", "high_latency"), 8)), TIME_MS)

    assert list(requests) == [compensated("gen_1", payout=7), rows[1]]


def test_a_limit_of_zero() -> None:
    """With a limit of 0 no rows are kept, and none counts as unseen."""
    requests = CompensatedRequests(0)
    requests.publish([compensated("gen_1")], (), TIME_MS)

    assert (names(requests), requests.unseen) == ([], 0)
