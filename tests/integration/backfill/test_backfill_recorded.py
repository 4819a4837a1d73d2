"""The recorded series of a backfill: their times, their labels, and where they are zero."""

from pathlib import Path

import pytest

from backfilling import DAY, LABELS, NOW, config_of, log_of, text_of, values
from exporter.backfill import Wanted, backfill
from exporter.catalogue.levels import COMPENSATED_INCREASE, COMPENSATED_TOTAL, READY

pytestmark = pytest.mark.slow

AT = (NOW - 3 * DAY) // 3600 * 3600
REQUESTS = "provider:zenmux_requests"
FAILED = '{"id": "%s", "timestamp": %d, "model": "m", "provider": "p", "status": "failed"}'


def request(identity: str, at: float, more: str = "") -> str:
    """A line of a request."""
    fields = '"model": "m", "provider": "p", "latency_ms": 900, "generation_ms": 100'
    return f'{{"id": "{identity}", "timestamp": {at}, {fields}{more}}}'


def paid(payout: str, at: float, kind: str = "slow") -> str:
    """The payout fields of a line."""
    told = f'"type": "{kind}", "payout_usd": "{payout}", "paid_at": {at}'
    return f', "compensation": {{{told}}}'


@pytest.mark.parametrize("step", [1, 15, 45, 60, 300])
def test_an_increase_stands_within_the_minute_of_its_event(tmp_path: Path, step: int) -> None:
    """An event exactly at a minute's start belongs to that minute."""
    rows = [request("a", AT), request("b", AT + 59.999), request("c", AT + 60)]
    _, lines = text_of(tmp_path, *rows, end=AT + 600, step=step)
    found = values(lines, f"{REQUESTS}:increase", 'outcome="success"')
    assert found == [(AT + 30, "2"), (AT + 90, "1")]


def test_nothing_stands_behind_the_end(tmp_path: Path) -> None:
    """If the history ends within a minute, its last increase is at the end."""
    report, lines = text_of(tmp_path, request("a", AT + 3), end=AT + 20, step=5)
    assert report.grid.end == AT + 20
    assert values(lines, f"{REQUESTS}:increase", 'outcome="success"') == [(AT + 20, "1")]
    assert values(lines, READY)[-1] == (AT + 20, str(AT + 20))


def test_outcomes_are_zero_where_others_grew(tmp_path: Path) -> None:
    """An outcome is 0 where another grew, so that a success rate can be 0 %."""
    _, lines = text_of(tmp_path, request("a", AT), FAILED % ("b", AT + 600), step=60)
    increase = f"{REQUESTS}:increase"
    assert values(lines, increase, 'outcome="success"') == [(AT + 30, "1"), (AT + 630, "0")]
    assert values(lines, increase, 'outcome="error"') == [(AT + 30, "0"), (AT + 630, "1")]
    by_key = values(lines, "api_key:zenmux_requests:increase")
    assert by_key == [(AT + 30, "1"), (AT + 630, "1")]


def test_buckets_are_recorded_from_the_one_below_on(tmp_path: Path) -> None:
    """Buckets start one below the first that grew, the lower bound of a quantile."""
    _, lines = text_of(tmp_path, request("a", AT), request("b", AT + 90), step=60)
    stem = "provider:zenmux_request_duration_seconds"
    found = values(lines, f"{stem}_bucket:increase")
    assert {at for at, _ in found} == {AT + 30, AT + 90}
    for at in (AT + 30, AT + 90):
        counts = [value for second, value in found if second == at]
        assert counts == ["0", *["1"] * (len(counts) - 1)]
        assert len(counts) > 2
    assert values(lines, f"{stem}_bucket:increase", 'le="+Inf"') == [(AT + 30, "1"), (AT + 90, "1")]
    assert values(lines, f"{stem}_count:increase") == [(AT + 30, "1"), (AT + 90, "1")]
    assert values(lines, f"{stem}_sum:increase") == [(AT + 30, "1"), (AT + 90, "1")]
    assert values(lines, f"{stem}_bucket:sum", 'le="+Inf"')[0][1] == "2"


def test_rules_keep_only_job_and_instance_of_a_target(tmp_path: Path) -> None:
    """Recorded series have only job and instance from the target, as the rules do."""
    log = log_of(tmp_path, [request("a", AT, paid("1", AT))])
    labels = {**LABELS, "env": "prod"}
    wanted = Wanted(tmp_path / "out", labels, as_text=True)
    backfill(config_of(tmp_path, log), wanted, lambda: NOW)
    texts = [path.read_text() for path in (tmp_path / "out").glob("*.om")]
    lines = [line for text in texts for line in text.splitlines() if not line.startswith("#")]
    assert all('{job="zenmux",instance="127.0.0.1:10464"' in line for line in lines)
    for line in lines:
        assert ('env="prod"' in line) is line.startswith("zenmux_")
    assert any(line.startswith(COMPENSATED_TOTAL) for line in lines)


def test_what_came_before_the_start_is_no_increase(tmp_path: Path) -> None:
    """Events before the start are in the totals but make no increase."""
    rows = [request("a", 946_684_800, paid("1", 946_684_801)), request("b", AT, paid("1", AT))]
    report, lines = text_of(tmp_path, *rows, step=3600)
    increase = values(lines, f"{REQUESTS}:increase", 'outcome="success"')
    assert increase == [(AT + 30, "1")]
    assert values(lines, COMPENSATED_INCREASE) == [(AT + 30, "1")]
    assert values(lines, f"{REQUESTS}:sum", '"success"') == [(report.grid.end, "2")]
    assert len(values(lines, COMPENSATED_TOTAL)) == 2


def test_payouts_stand_where_they_were_paid(tmp_path: Path) -> None:
    """Each payout is recorded when it was paid; a raise adds only the difference."""
    rows = [
        request("a", AT, paid("0.5", AT + DAY)),
        request("a", AT, paid("0.75", AT + DAY // 2)),
        request("b", AT + 0.25, paid("0.1", AT + DAY)),
        request("c", AT, paid("0.2", NOW)),
    ]
    report, lines = text_of(tmp_path, *rows, step=300)
    first = values(lines, COMPENSATED_INCREASE, 'generation_id="a"')
    assert first == [(AT + DAY // 2 + 30, "0.25"), (AT + DAY + 30, "0.5")]
    second = f'timestamp_ms="{AT * 1000 + 250}"'
    assert values(lines, COMPENSATED_INCREASE, second) == [(AT + DAY + 30, "0.1")]
    shown = values(lines, COMPENSATED_TOTAL)
    assert sorted(shown) == [(report.grid.end, "0.1"), (report.grid.end, "0.75")]
