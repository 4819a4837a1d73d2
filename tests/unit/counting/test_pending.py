"""Records of unfinished requests are pending; only the final record is counted."""

import pytest
from conftest import Count

START = '{"id": "a", "timestamp": "2026-11-01T00:00:00Z", "model": "m", "output_tokens": 5'
BEGUN = START + ', "status": "started"}'
ENDED = START + ', "status": "success"}'
PAID = ', "compensation": {"type": "high_latency", "payout_usd": 1}}'
EVENT = '{"event": "compensation", "id": "a"' + PAID
RESULTS = {"accepted", "amended", "duplicate", "pending", "invalid"}


def results(text: str) -> dict[str, int]:
    """The numbers of records by result, without zeros."""
    name = 'zenmux_exporter_records_total{source="example",result="'
    shown = [row.removeprefix(name) for row in text.splitlines() if row.startswith(name)]
    numbers = dict(one.split('"} ') for one in shown)
    assert set(numbers) == RESULTS
    return {word: int(number) for word, number in numbers.items() if number != "0"}


def requests(text: str, outcome: str) -> bool:
    """Return True if one request of the model `m` was counted with this outcome."""
    who = 'api_key="unknown",model="m",provider="unknown",plan="payg"'
    return f'zenmux_requests_total{{{who},outcome="{outcome}"}} 1\n' in text


@pytest.mark.parametrize(
    "lines",
    [
        [BEGUN],
        [BEGUN.replace('"id": "a", ', "")],
        [BEGUN[:-1] + PAID],
        [BEGUN.replace('"id": "a", ', "")[:-1] + PAID],
        [BEGUN[:-1] + ', "finish_reason": "never heard of"}'],
    ],
)
def test_nothing_counts(count: Count, lines: list[str]) -> None:
    """A pending record adds no samples, no payout and no unknown value, with an id or without."""
    text = count(lines)
    samples = [row for row in text.splitlines() if row[0] != "#" and "_exporter_" not in row]

    assert samples == []
    assert "unknown_values_total{" not in text
    assert results(text) == {"pending": 1}


def test_the_end_is_the_request(count: Count) -> None:
    """A pending record sets neither labels nor outcome, and causes no conflict."""
    begun = BEGUN.replace('"m"', '"n"')
    text = count([begun, ENDED.replace("success", "error"), begun])

    assert requests(text, "error")
    assert results(text) == {"pending": 1, "accepted": 1, "duplicate": 1}
    assert "conflicts_total{" not in text


def test_a_payout_does_not_make_a_request(count: Count) -> None:
    """An id that is only known by a payout has no request yet."""
    text = count([EVENT, BEGUN, ENDED])

    assert requests(text, "success")
    assert results(text) == {"accepted": 2, "pending": 1}


def test_a_begun_line_pays_nothing_later(count: Count) -> None:
    """A pending record's payout isn't counted; a compensation event's status is ignored."""
    event = EVENT.replace('"id"', '"status": "started", "id"')
    text = count([ENDED, BEGUN[:-1] + PAID, event])

    assert results(text) == {"accepted": 1, "duplicate": 1, "amended": 1}
    assert 'compensation_type="high_latency"} 1\n' in text
