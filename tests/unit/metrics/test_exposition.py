"""The exposition of handwritten deltas, compared line by line."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics

from deltas import COST, DURATION, LABELS, REQUESTS, TIME_MS, compensated, first, histogram
from exporter.counting.delta import Delta, NewSeries
from exporter.metrics.exposition import Renderer
from exporter.metrics.published import PublishedState
from exporter.metrics.text_format import Format, bound_text, escape

KEY = 'api_key="key",model="model",provider="provider",plan="payg"'
MODEL = 'model="model",provider="provider",plan="payg"'
TEXT = f"""\
# HELP zenmux_requests_total Requests by outcome: success, error or cancelled.
# TYPE zenmux_requests_total counter
zenmux_requests_total{{{KEY},outcome="success"}} 3
# HELP zenmux_cost_usd_total Billed cost in US dollars by fee item, gross of discount and payout.
# TYPE zenmux_cost_usd_total counter
zenmux_cost_usd_total{{{KEY},item="prompt"}} 2.5
# HELP zenmux_request_duration_seconds Duration of successful requests: time to first token plus \
generation.
# TYPE zenmux_request_duration_seconds histogram
zenmux_request_duration_seconds_bucket{{{MODEL},le="0.5"}} 1
zenmux_request_duration_seconds_bucket{{{MODEL},le="1.0"}} 3
zenmux_request_duration_seconds_bucket{{{MODEL},le="+Inf"}} 3
zenmux_request_duration_seconds_sum{{{MODEL}}} 2
zenmux_request_duration_seconds_count{{{MODEL}}} 3
# HELP zenmux_last_request_timestamp_seconds Unix time of the newest request counted.
# TYPE zenmux_last_request_timestamp_seconds gauge
zenmux_last_request_timestamp_seconds 1793491200.123
# HELP zenmux_exporter_series Series held by family.
# TYPE zenmux_exporter_series gauge
zenmux_exporter_series{{family="zenmux_requests_total"}} 1
zenmux_exporter_series{{family="zenmux_cost_usd_total"}} 1
zenmux_exporter_series{{family="zenmux_request_duration_seconds"}} 5
# HELP zenmux_exporter_ids Generation ids remembered.
# TYPE zenmux_exporter_ids gauge
zenmux_exporter_ids 3
"""


def published(*deltas: Delta) -> PublishedState:
    """The state after some deltas."""
    state = PublishedState(10)
    for delta in deltas:
        state.publish(delta, TIME_MS)
    return state


def rows(text: str, family: str) -> list[str]:
    """The samples of a family, without its name and labels."""
    return [
        row.split('"} ', 1)[1]
        for row in text.splitlines()
        if row.startswith((f"{family}{{", f"{family}_bucket{{", f"{family}_count{{"))
    ]


def test_text() -> None:
    """Families are in the catalogue's order, with exact decimals and cumulative buckets."""
    assert Renderer(published(first())).render(Format.TEXT) == TEXT


def test_openmetrics() -> None:
    """Counter headers have no `_total`, buckets have exemplars, and a strict parser accepts it."""
    text = Renderer(published(first())).render(Format.OPENMETRICS)

    assert "# TYPE zenmux_requests counter\nzenmux_requests_total{" in text
    assert rows(text, DURATION) == [
        '1 # {generation_id="gen_0"} 0.4 1793491200.123',
        '3 # {generation_id="gen_1"} 0.8 1793491200.123',
        "3",
        "3",
    ]
    families = {family.name for family in parse_openmetrics(text + "# EOF\n")}  # type: ignore[no-untyped-call]
    assert {"zenmux_requests", "zenmux_cost_usd", DURATION} <= families


def test_exemplar_of_a_long_id() -> None:
    """An exemplar beyond OpenMetrics' limit of 128 characters is left out."""
    value = replace(histogram(1, 1, 0), exemplars={0: ("g" * 115, 1, 0), 1: ("g" * 116, 1, 0)})
    text = Renderer(published(replace(first(), histograms=((2, value),)))).render(
        Format.OPENMETRICS
    )

    assert [" # " in row for row in rows(text, DURATION)] == [True, False, False, False]


def test_without_the_request_families() -> None:
    """Request families can be left out, as they are until existing files are counted."""
    text = Renderer(published(first())).render(Format.TEXT, requests=False)

    assert text == TEXT[TEXT.index("# HELP zenmux_last_request") :]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (None, [["3"], ["2.5"], ["1", "3", "3", "3"]]),
        (3, [["3"], ["2.5"], ["1", "3", "3", "3"]]),
        (2, [["3"], ["0"], ["1", "3", "3", "3"]]),
        (1, [["3"], ["0"], ["0", "0", "0", "0"]]),
        (0, [["0"], ["0"], ["0", "0", "0", "0"]]),
    ],
)
def test_new_series_at_zero(shown: int | None, expected: list[list[str]]) -> None:
    """Series that a scraper hasn't seen are rendered at 0, for it alone; gauges never are."""
    renderer = Renderer(published(first()))
    text = renderer.render(Format.TEXT, shown=shown)

    assert [rows(text, family) for family in (REQUESTS, COST, DURATION)] == expected
    assert "zenmux_last_request_timestamp_seconds 1793491200.123" in text
    assert renderer.render(Format.TEXT) == TEXT


def test_labels_are_escaped() -> None:
    """Backslash, quote and newline are escaped in label values."""
    created = NewSeries(1, REQUESTS, ('a"b', "c\\d", "e\nf", "payg", "error"))
    delta = Delta(created=(created,), counters=((1, 1),), last_number=1)
    text = Renderer(published(delta)).render(Format.TEXT)

    assert r'{api_key="a\"b",model="c\\d",provider="e\nf",plan="payg",outcome="error"} 1' in text
    assert escape("plain") == "plain"


def test_bounds_are_floats() -> None:
    """Bucket bounds are written as Prometheus 3 normalises them."""
    assert [bound_text(bound, 6) for bound in (500_000, 1_000_000, 1)] == ["0.5", "1.0", "0.000001"]


def test_compensated_requests() -> None:
    """Each row has its payout with all labels, and timestamps where known."""
    requests = (compensated("gen_1"), replace(compensated("gen_2"), time_ms=None))
    delta = Delta(compensated=requests, revised=((requests[1].key, 15 * 10**11),))
    text = Renderer(published(delta)).render(Format.TEXT)
    samples = [row for row in text.splitlines() if row.startswith("zenmux_compensated")]

    payout = (
        'zenmux_compensated_request_payout_usd{generation_id="gen_%d",model="model",'
        'provider="provider",api_key="key",plan="payg",compensation_type="high_latency",'
        'finish_reason="stop",input_tokens="12",output_tokens="3",cost_usd="0.5",'
        'latency_ms="9000",throughput="unknown"} %s'
    )
    of = '{generation_id="gen_%d",compensation_type="high_latency"} 1793491200.123'
    assert samples == [
        payout % (1, "1"),
        payout % (2, "1.5"),
        f"zenmux_compensated_request_timestamp_seconds{of}" % 1,
        f"zenmux_compensated_request_seen_timestamp_seconds{of}" % 1,
        f"zenmux_compensated_request_seen_timestamp_seconds{of}" % 2,
    ]


Change = tuple[int, list[tuple[int, int]], tuple[int, int, int] | None, int | None, Format]
CHANGES = st.lists(
    st.tuples(
        st.integers(0, 3),  # new counters
        st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2**70)), max_size=4),
        st.none() | st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5)),
        st.none() | st.integers(0, 12),
        st.sampled_from(Format),
    ),
    max_size=8,
)


@given(CHANGES)
def test_kept_text_is_never_stale(changes: list[Change]) -> None:
    """After any changes, a renderer's cached text equals that of a new renderer."""
    state = published(first())
    renderer = Renderer(state)
    numbers = [1, 3]
    for new, counters, observed, shown, form in changes:
        last = state.last_number
        created = range(last + 1, last + 1 + new)
        numbers += created
        delta = Delta(
            created=tuple(NewSeries(n, REQUESTS, (*LABELS, f"outcome-{n}")) for n in created),
            counters=tuple((numbers[at % len(numbers)], value) for at, value in counters),
            histograms=() if observed is None else ((2, histogram(*observed)),),
            last_number=last + new,
        )
        state.publish(delta, TIME_MS)
        assert renderer.render(form, shown=shown) == Renderer(state).render(form, shown=shown)
