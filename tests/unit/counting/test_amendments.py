"""Later records add what a counted request lacked, once and in any order."""

import tempfile
from pathlib import Path

import pytest
from conftest import Count
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from exporter.config import Storage
from exporter.metrics.exposition import Renderer
from exporter.metrics.text_format import Format
from stepwise import Exporter, text_of

START = '{"id": "a", "timestamp": "2026-11-01T00:00:00Z", "model": "m"'
WHO = 'api_key="unknown",model="m",provider="unknown",plan="payg"'
MODEL = 'model="m",provider="unknown",plan="payg"'
SEARCHED = '"input_tokens": 100, "output_tokens": 20, "web_search_calls": 2'
SPEED = '"latency_ms": 500, "generation_ms": 2000'
BILL = '"cost_usd": "0.25"'
WHOLE = f'{SEARCHED}, {SPEED}, {BILL}, "throughput_tps": 7.5'
MISMATCH = '"usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 99}'
PENDING = '"status": "in_progress", "output_tokens": 1'


def line(*fields: str) -> str:
    """A line of the generation `a`."""
    return ", ".join((START, *filter(None, fields))) + "}"


def result(word: str, number: int) -> str:
    """The counter of records with a result."""
    return f'zenmux_exporter_records_total{{source="example",result="{word}"}} {number}'


def tokens(direction: str, kind: str, number: int) -> str:
    """The token counter of the request `a`."""
    return f'zenmux_tokens_total{{{WHO},direction="{direction}",token_type="{kind}"}} {number}'


def observed(name: str, total: str) -> list[str]:
    """One observation of a histogram."""
    return [f"zenmux_{name}_sum{{{MODEL}}} {total}", f"zenmux_{name}_count{{{MODEL}}} 1"]


def plain(name: str, number: str) -> str:
    """A counter by the request's labels alone."""
    return f"zenmux_{name}{{{WHO}}} {number}"


ADDED: dict[str, tuple[list[str], list[str]]] = {
    "tokens, with web searches": (
        [line(), line(SEARCHED), line(SEARCHED)],
        [
            tokens("input", "prompt", 100),
            tokens("output", "completion", 20),
            plain("web_search_requests_total", "1"),
            plain("web_search_calls_total", "2"),
            f'zenmux_web_search_tokens_total{{{WHO},direction="input"}} 100',
            result("amended", 1),
            result("duplicate", 1),
        ],
    ),
    "units alone": (
        [line('"tokens": {"prompt": 0}'), line('"tokens": {"image": 3}'), line(SEARCHED)],
        [f'zenmux_billed_units_total{{{WHO},unit="image"}} 3', result("duplicate", 1)],
    ),
    "tokens after web searches that were counted": (
        [line('"web_search_calls": 2'), line(SEARCHED)],
        [
            tokens("input", "prompt", 100),
            plain("web_search_requests_total", "1"),
            plain("web_search_calls_total", "2"),
        ],
    ),
    "a mismatch of tokens where they are counted": (
        [line(SPEED), line(MISMATCH), line(MISMATCH, BILL), line(MISMATCH)],
        ["zenmux_exporter_token_mismatch_total 1", result("amended", 2)],
    ),
    "a mismatch of nothing but a total": (
        [line('"usage": {"prompt_tokens": 0, "total_tokens": 99}')] * 2,
        ["zenmux_exporter_token_mismatch_total 1"],
    ),
    "each duration": (
        [line(), line('"latency_ms": 500'), line('"latency_ms": 600, "generation_ms": 2000')],
        [
            *observed("time_to_first_token_seconds", "0.5"),
            *observed("request_duration_seconds", "2.6"),
            *observed("generation_duration_seconds", "2"),
            result("amended", 2),
        ],
    ),
    "throughput with the generation time": (
        [line(), line('"output_tokens": 20', SPEED), line('"output_tokens": 30', SPEED)],
        [*observed("output_tokens_per_second", "10"), result("duplicate", 1)],
    ),
    "a throughput of its own after the generation time": (
        [line(SPEED), line('"output_tokens": 20, "throughput_tps": 7.5', SPEED)],
        observed("output_tokens_per_second", "7.5"),
    ),
    "all at once, under the labels of the request": (
        [line(), line(WHOLE).replace('"m"', '"n"'), line(WHOLE)],
        [
            tokens("output", "completion", 20),
            f'zenmux_cost_usd_total{{{WHO},item="unitemized"}} 0.25',
            *observed("request_duration_seconds", "2.5"),
            *observed("output_tokens_per_second", "7.5"),
            result("accepted", 1),
            result("amended", 1),
            result("duplicate", 1),
        ],
    ),
    "a request that a payout came before": (
        [
            '{"event": "compensation", "id": "a", "compensation": {"payout_usd": 1}}',
            line(),
            line(SEARCHED),
        ],
        [tokens("input", "prompt", 100), result("accepted", 2), result("amended", 1)],
    ),
}
NOT_ADDED = {
    "tokens beside tokens": ([line('"tokens": {"image": 1}'), line(SEARCHED)], "completion"),
    "searches without tokens": ([line(), line('"web_search_calls": 2')], "web_search_requests"),
    "searches beside tokens": (
        [line('"output_tokens": 5'), line(SEARCHED)],
        "web_search_requests",
    ),
    "duration of two lines": (
        [line('"latency_ms": 500'), line('"generation_ms": 2000')],
        "request_duration",
    ),
    "throughput of two lines": (
        [line(SPEED), line('"output_tokens": 20', SPEED)],
        "output_tokens_per",
    ),
    "speed of a failure": ([line('"status": 500'), line(SPEED)], "seconds_sum"),
    "first token of what was not streamed": (
        [line(), line('"streamed": false', SPEED)],
        "first_token",
    ),
    "fields of an event": (
        [
            line(),
            '{"event": "compensation", "id": "a", "output_tokens": 5, "generation_ms": 5,'
            ' "compensation": {"payout_usd": 1}}',
        ],
        "generation_duration",
    ),
}


def families(text: str) -> set[str]:
    """All samples except those about the exporter itself."""
    return {row for row in text.splitlines() if row[0] != "#" and "_exporter_" not in row}


@pytest.mark.parametrize("name", ADDED)
def test_what_lacked_is_added(count: Count, name: str) -> None:
    """Missing parts are added once, each completely from a single line."""
    lines, expected = ADDED[name]
    printed = count(lines).splitlines()

    assert [row for row in expected if row not in printed] == []


@pytest.mark.parametrize("name", NOT_ADDED)
def test_what_is_not_added(count: Count, name: str) -> None:
    """Existing values aren't replaced, and no value is combined from two lines."""
    lines, family = NOT_ADDED[name]
    text = count(lines)
    samples = [row for row in families(text) if family in row]

    assert 'outcome="success"} 1' in text or 'outcome="error"} 1' in text
    assert samples == []


def test_a_failed_request_still_gets_its_tokens(count: Count) -> None:
    """Tokens are added to failures; durations aren't. An amendment doesn't change the outcome."""
    text = count([line('"status": "error"'), line(WHOLE, '"status": "success"')])

    assert tokens("output", "completion", 20) in text
    assert result("amended", 1) in text
    assert "_seconds_sum" not in text


def test_the_newest_request_stays_the_newest(count: Count) -> None:
    """An amendment's time doesn't move the last request's timestamp."""
    late = line(WHOLE).replace("2026-11-01", "2026-11-05")

    assert "zenmux_last_request_timestamp_seconds 1793491200\n" in count([line(), late])


def test_an_evicted_id_begins_anew(count: Count, tmp_path: Path) -> None:
    """A record of an evicted id counts as a new request."""
    other = line().replace('"a"', '"b"')
    text = count([line(), other, line(SEARCHED)], storage=Storage(path=tmp_path, id_window=1))

    assert f'zenmux_requests_total{{{WHO},outcome="success"}} 3\n' in text
    assert result("amended", 0) in text


def render(exporter: Exporter, form: Format = Format.TEXT) -> str:
    """Commit, then render the exposition."""
    exporter.commit()
    return Renderer(exporter.state).render(form)


def test_exemplars_have_the_requests_time(tmp_path: Path) -> None:
    """Durations added later get exemplars with the request's time."""
    exporter = Exporter(tmp_path, 10)
    late = line(SPEED).replace("2026-11-01", "2026-11-05")
    exporter.feed("a", [line().encode(), late.encode()])
    text = render(exporter, Format.OPENMETRICS)
    exporter.opened.ledger.close()

    assert '# {generation_id="a"} 2.5 1793491200' in text


PARTS = (line(), line(SEARCHED), line(SPEED), line(BILL), line(PENDING), line(WHOLE))
CRASHES = st.lists(st.sampled_from(("nothing", "commit", "crash")), min_size=12, max_size=12)


@settings(max_examples=examples(24, 240), deadline=None)
@given(order=st.permutations(PARTS * 2), steps=CRASHES)
@pytest.mark.slow
def test_any_order_gives_the_same_totals(order: list[str], steps: list[str]) -> None:
    """The parts add up to the complete record in any order, even across crashes."""
    lines = [row.encode() for row in order]
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        exporter, whole = Exporter(Path(one), 10), Exporter(Path(other), 10)
        for step in steps:
            start = text_of(lines)[: exporter.counted.get("a", 0)].count(b"\n")
            exporter.feed("a", lines[start : start + 1])
            if step != "nothing":
                exporter.commit()
            if step == "crash":
                exporter.opened.ledger.close()
                exporter = Exporter(Path(one), 10)
        whole.feed("a", [line(WHOLE).encode()])
        found, expected = render(exporter), render(whole)
        for opened in (exporter.opened, whole.opened):
            opened.ledger.close()

    assert families(found) == families(expected)
