"""Backfill: every event counts at its own time."""

import os
import re
import signal
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

from backfilling import (
    DAY,
    LABELS,
    NATIVE,
    NOW,
    config_of,
    log_of,
    text_of,
    values,
)
from exporter.backfill import MANIFEST, Wanted, backfill
from exporter.backfill.sample_grid import SeriesSpan, choose_grid
from exporter.errors import ExporterError
from programs import exporter_command, wait_until


def test_a_request_counts_at_the_first_sample_behind_it(tmp_path: Path) -> None:
    """A series is 0 one step before its first event and counts it from the next sample on."""
    at = NOW - DAY
    report, lines = text_of(tmp_path, NATIVE % ("a", at + 61), end=at + 240, step=60)
    base = at // 60 * 60
    found = values(lines, "zenmux_requests_total", 'outcome="success"')
    second = -(-(at + 61) // 60) * 60
    assert found[:2] == [(second - 60, "0"), (second, "1")]
    assert found[-1] == (base + 240, "1")
    assert (report.grid.step, report.results["accepted"]) == (60, 1)
    assert values(lines, "zenmux_requests_total", 'outcome="error"')[-1][1] == "0"


def test_a_payout_counts_when_it_was_paid(tmp_path: Path) -> None:
    """A payout counts at `paid_at`, or without one at its request's time."""
    at = NOW - 3 * DAY
    paid = ', "compensation": {"type": "high_latency", "payout_usd": 0.5%s}}'
    with_time = (NATIVE % ("a", at))[:-1] + paid % f', "paid_at": {at + DAY}'
    event = (
        '{"event": "compensation", "id": "b", "compensation": {"type": "late", "payout_usd": 1}}'
    )
    _, lines = text_of(tmp_path, with_time, NATIVE % ("b", at + 60), event, step=60)
    name = "zenmux_insurance_payout_usd_total"
    high = values(lines, name, 'compensation_type="high_latency"')
    assert next(stamp for stamp, value in high if value == "0.5") == -(-(at + DAY) // 60) * 60
    late = values(lines, name, 'compensation_type="late"')
    assert next(stamp for stamp, value in late if value == "1") == -(-(at + 60) // 60) * 60


def test_a_late_bill_counts_at_the_requests_time(tmp_path: Path) -> None:
    """A late bill counts at its request's time."""
    at = NOW - 2 * DAY
    bill = f'{{"id": "a", "timestamp": {at + DAY}, "model": "m", "cost_usd": "0.25"}}'
    _, lines = text_of(tmp_path, NATIVE % ("a", at), bill, step=60)
    cost = values(lines, "zenmux_cost_usd_total")
    assert next(stamp for stamp, value in cost if value == "0.25") == -(-at // 60) * 60


def test_late_tokens_and_speed_count_at_the_requests_time(tmp_path: Path) -> None:
    """Late tokens and durations count at the request's time; a pending line counts nothing."""
    at = NOW - 2 * DAY
    late = f'{{"id": "a", "timestamp": {at + DAY}, "model": "m", %s}}'
    lines = (
        late % '"status": "running", "output_tokens": 9, "compensation": {"payout_usd": 1}',
        late.replace(str(at + DAY), str(at)) % '"provider": "p"',
        late % '"output_tokens": 5',
        late % '"latency_ms": 500, "generation_ms": 2500',
    )
    report, text = text_of(tmp_path, *lines, step=60)
    stamp = -(-at // 60) * 60
    for name, total in (
        ("zenmux_tokens_total", "5"),
        ("zenmux_request_duration_seconds_sum", "3"),
        ("zenmux_generation_duration_seconds_count", "1"),
        ("zenmux_last_request_timestamp_seconds", str(at)),
    ):
        assert next(one for one in values(text, name) if one[1] != "0") == (stamp, total)
    assert values(text, "zenmux_insurance") == []
    assert [report.results[word] for word in ("pending", "accepted", "amended")] == [1, 1, 2]


def test_a_log_out_of_order_is_put_in_order(tmp_path: Path) -> None:
    """Counters and the newest request's time only rise, whatever the order of lines."""
    order = [7, 1, 5, 3, 0, 6, 2, 4]
    at = NOW - 4 * DAY
    rows = [NATIVE % (f"g{day}", at + day * 40_000) for day in order]
    _, lines = text_of(tmp_path, *rows, step=300)
    for name in ("zenmux_tokens_total", "zenmux_last_request_timestamp_seconds"):
        found = [float(value) for _, value in values(lines, name)]
        assert found == sorted(found)
    assert values(lines, "zenmux_tokens_total")[-1][1] == "40"


def test_what_happens_behind_the_end_is_born_at_zero(tmp_path: Path) -> None:
    """A series that begins after the end is backfilled as 0, so `increase` sees its first event."""
    late = NATIVE.replace('"m"', '"late"') % ("b", NOW - 60)
    report, lines = text_of(tmp_path, NATIVE % ("a", NOW - DAY), late)
    assert values(lines, "zenmux_requests_total", 'model="late"', "success") == [
        (report.grid.end, "0")
    ]
    assert report.grid.end <= NOW - 3 * 3600


def test_what_happened_before_the_start_is_in_the_first_sample(tmp_path: Path) -> None:
    """At most a year is written; older events are in the first sample."""
    old = NATIVE % ("a", 946_684_800)
    report, lines = text_of(tmp_path, old, NATIVE % ("b", NOW - DAY), step=300)
    found = values(lines, "zenmux_requests_total", "success")
    assert found[0] == (report.grid.start, "1")
    assert found[-1] == (report.grid.end, "2")
    assert report.grid.end - report.grid.start == 366 * DAY


def test_payouts_show_the_facts_of_their_requests(tmp_path: Path) -> None:
    """A payout reported by id only has its request's facts known before it."""
    at = NOW - 5 * DAY
    rows = []
    for number in range(1200):
        request = (NATIVE % (f"g{number}", at + 90 * number))[:-1]
        rows.append(f'{request}, "finish_reason": "stop", "cost_usd": "0.{number + 1}"}}')
    rows += [
        f'{{"event": "compensation", "id": "g{number}", "compensation": {{"type": "slow",'
        f' "payout_usd": 1, "paid_at": {at + 2 * DAY + number}}}}}'
        for number in range(1200)
    ]
    rows.append(rows[-1].replace('"payout_usd": 1', '"payout_usd": 2'))
    rows.append((NATIVE % ("g0", at))[:-1] + ', "finish_reason": "stop", "cost_usd": "7"}')
    _, lines = text_of(tmp_path, *rows, step=300)

    name = "zenmux_compensated_request_payout_usd"
    for number in (0, 1, 998, 999, 1000, 1001, 1199):
        facts = (f'cost_usd="{Decimal(f"0.{number + 1}").normalize():f}"', 'finish_reason="stop"')
        found = values(lines, name, f'generation_id="g{number}"', *facts)
        assert [value for _, value in found] == ["1" if number < 1199 else "2"] * len(found)
        assert len(found) in {2, 3}


def test_compensated_requests_appear_at_their_times(tmp_path: Path) -> None:
    """Compensated requests are exposed for ten minutes after each payout or revision."""
    at = (NOW - 2 * DAY) // 300 * 300
    row = (NATIVE % ("a", at))[:-1] + ', "compensation": {"type": "slow", "payout_usd": "%s"%s}}'
    rows = [
        row % ("0.5", f', "paid_at": {at + DAY}'),
        row % ("0.75", f', "paid_at": {at + DAY + 300}'),
    ]
    _, lines = text_of(tmp_path, *rows, step=300)
    assert values(lines, "zenmux_compensated_request_payout_usd", 'generation_id="a"') == [
        (at + DAY + 300, "0.5"),
        (at + DAY + 600, "0.75"),
        (at + DAY + 900, "0.75"),
    ]
    asked = values(lines, "zenmux_compensated_request_timestamp_seconds")
    assert {value for _, value in asked} == {str(at)}
    seen = values(lines, "zenmux_compensated_request_seen_timestamp_seconds")
    assert {value for _, value in seen} == {str(at + DAY)}


def test_samples_carry_the_labels_of_the_live_target(tmp_path: Path) -> None:
    """Backfilled samples have the live target's labels, so live counters continue them."""
    _, lines = text_of(tmp_path, NATIVE % ("a", NOW - DAY))
    samples = [line for line in lines if not line.startswith("#")]
    assert samples
    assert all('job="zenmux",instance="127.0.0.1:10464"' in line for line in samples)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([], "no records"),
        (['{"model": "m"}'] * 3, "none of 3 lines counts (missing_time 3)"),
        (['{"model": "m", "timestamp": "soon"}'], "the only line doesn't count (bad_time 1)"),
    ],
)
def test_a_log_without_usable_times_is_an_error(
    tmp_path: Path, lines: list[str], says: str
) -> None:
    """The error gives the reasons for rejection, and no files are left."""
    with pytest.raises(ExporterError, match=re.escape(says)):
        text_of(tmp_path, *lines)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_second_backfill_into_the_same_folder_is_refused(tmp_path: Path) -> None:
    """A second backfill is refused, since it would duplicate everything."""
    text_of(tmp_path, NATIVE % ("a", NOW - DAY))
    with pytest.raises(ExporterError, match="already holds a backfill of 2026-"):
        text_of(tmp_path, NATIVE % ("a", NOW - DAY))


@pytest.mark.parametrize(
    ("lines", "days", "step"),
    [(300, 7, 15), (300, 30, 30), (900, 30, 60), (4000, 30, 300), (10**6, 366, 300)],
)
def test_the_step_is_as_fine_as_loads_quickly(lines: int, days: int, step: int) -> None:
    """The step grows with the number of series and the length of time."""
    assert choose_grid([SeriesSpan(lines, NOW - days * DAY)], None, NOW).step == step


def test_ctrl_c_leaves_nothing_and_the_next_run_is_clean(tmp_path: Path) -> None:
    """SIGINT and SIGTERM leave no files; after SIGKILL the next run cleans up."""
    log = log_of(tmp_path, [NATIVE % ("a", NOW - DAY)])
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)
    out = tmp_path / "out"
    command = exporter_command("backfill", "-", f"--out={out}", "--format=openmetrics")
    for number, left in ((signal.SIGINT, False), (signal.SIGTERM, False), (signal.SIGKILL, True)):
        with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            wait_until((out / ".zenmux-backfill" / "compensated.sqlite").exists, "it reads")
            process.send_signal(number)
            process.wait(30)
        assert (list(out.iterdir()) != []) is left
    report = backfill(config_of(tmp_path, log), Wanted(out, LABELS), lambda: NOW)
    assert sorted(path.name for path in out.iterdir()) == sorted([*report.made, MANIFEST])
