"""The demo's traffic: lifelike by the figures of real traffic, the same for the same seed."""

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from random import Random
from statistics import correlation, fmean, pstdev
from typing import Any

import pytest

from exporter.decode import Decoder
from exporter.demo import KEYS, Event, Incident, LogWriter, Scenario, Traffic, backlog, fit
from exporter.demo.market import MODELS, PROVIDERS
from exporter.demo.outcomes import FINISHES, TOOL_FINISHES
from exporter.demo.shape import Load, draw_sizes
from exporter.demo.trace import CODE
from exporter.errors import Rejected
from exporter.records import Record
from exporter.responsibility import responsible

START = 1_790_000_000_000
DRAWS = 50_000
_decode = Decoder().decode


def records(events: list[Event]) -> tuple[list[tuple[int, Record]], list[Rejected]]:
    """The lines as the exporter reads them, with their times, and the faults of the others."""
    good, bad = [], []
    for event in events:
        try:
            record = _decode(event.line)
        except Rejected as fault:
            bad.append(fault)
        else:
            assert record is not None
            good.append((event.at_ms, record))
    return good, bad


def firsts(events: list[Event]) -> list[Record]:
    """The first record of each request."""
    seen: dict[str | None, Record] = {}
    for _, record in records(events)[0]:
        if not record.event:
            seen.setdefault(record.id, record)
    return list(seen.values())


@pytest.fixture(scope="module")
def events() -> list[Event]:
    """Some twenty minutes of the demo."""
    return list(islice(Traffic(7, START), 40_000))


@pytest.fixture(scope="module")
def raw(events: list[Event]) -> list[dict[str, Any]]:
    """The lines of ZenMux's raw meta, amounts as exact decimals."""
    lines = []
    for event in events:
        if event.line.startswith(b'{"generationId"') and event.line.endswith(b"}"):
            lines.append(json.loads(event.line, parse_float=Decimal))
    return [line for line in lines if isinstance(line["streamed"], bool) and line["latency"] > 0]


def at(values: list[float], level: float) -> float:
    """A quantile."""
    return sorted(values)[int(level * len(values))]


def test_sizes_are_those_of_the_trace() -> None:
    """Quantiles and means of drawn sizes are the published trace's, which stand here."""
    rng = Random(1)
    context, generated = zip(*(draw_sizes(CODE, rng) for _ in range(DRAWS)), strict=True)
    figures = {0.1: (147, 7), 0.5: (1469, 13), 0.75: (2745, 24), 0.9: (5194, 55), 0.95: (7315, 90)}
    for level, (of_context, of_generated) in figures.items():
        assert at(list(context), level) == pytest.approx(of_context, rel=0.06)
        assert at(list(generated), level) == pytest.approx(of_generated, rel=0.1)
    assert fmean(context) == pytest.approx(2048, rel=0.05)
    assert fmean(generated) == pytest.approx(27.9, rel=0.1)
    assert (min(context), min(generated)) >= (3, 6)


def test_generated_tokens_depend_on_the_context() -> None:
    """The tenth of the longest answers starts where it does in the trace, by size of context."""
    rng = Random(2)
    pairs = [draw_sizes(CODE, rng) for _ in range(DRAWS)]
    small = [generated for context, generated in pairs if context < 185]
    next_small = [generated for context, generated in pairs if 185 <= context < 578]
    assert at([*map(float, small)], 0.9) == pytest.approx(48, rel=0.1)
    assert at([*map(float, next_small)], 0.9) == pytest.approx(66, rel=0.1)


def test_load_comes_in_bursts() -> None:
    """Seconds differ as much, and resemble the next as much, as for eight such users at once."""
    load = Load(CODE, Random(3))
    seconds = [load.next() for _ in range(DRAWS)]
    assert fmean(seconds) == pytest.approx(1, abs=0.05)
    assert pstdev(seconds) == pytest.approx(0.79, abs=0.06)
    assert correlation(seconds[:-1], seconds[1:]) == pytest.approx(0.72, abs=0.05)


def test_committed_model_is_what_the_script_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The module is as rendered, and a trace of known form gives a model of that form."""
    assert fit.MODULE.read_text() == fit.render(CODE)
    start = datetime(2023, 11, 16, 18, 17, tzinfo=UTC)
    lines = ["TIMESTAMP,ContextTokens,GeneratedTokens"]
    for number in range(801):
        moment = start + timedelta(seconds=number // 20)
        lines.append(f"{moment:%Y-%m-%d %H:%M:%S}.{number % 20:02d}00000,{number},{number // 100}")
    trace = tmp_path / "trace.csv"
    trace.write_text("\n".join(lines))
    monkeypatch.setattr(fit, "MODULE", tmp_path / "model.py")
    assert fit.main([str(trace)]) == 0
    model = fit.fit(fit.read(lines))
    assert fit.render(model) == (tmp_path / "model.py").read_text()
    assert dict(zip(model.levels, model.context, strict=True))[0.5] == 400
    assert [group[7] for group in model.generated] == list(range(8))


def test_same_seed_gives_the_same_stream(events: list[Event]) -> None:
    """Seed and start decide every byte; another seed is another account's life."""
    assert events[:5000] == list(islice(Traffic(7, START), 5000))
    other = {event.line for event in islice(Traffic(8, START), 5000)}
    assert not other & {event.line for event in events[:5000] if b'"id' in event.line}


def test_lines_come_in_order_however_they_are_taken(events: list[Event]) -> None:
    """Times never step back, and asking bit by bit gives the same lines as going on and on."""
    times = [event.at_ms for event in events]
    assert times == sorted(times)
    traffic = Traffic(7, START)
    until = START + 60_000
    parts = [event for now in range(START, until, 777) for event in traffic.due(now)]
    parts += [*traffic.due(until), next(traffic)]
    assert parts == events[: len(parts)]
    assert parts[-2].at_ms <= until < parts[-1].at_ms


def test_rate_waves_and_memory_stays_bounded() -> None:
    """The mean rate is as asked, five minutes have a crest and a trough, little is held."""
    traffic = Traffic(5, START, rate=40)
    seconds = Counter(
        record.time_ms // 1000
        for record in firsts(list(traffic.due(START + 3_000_000)))
        if record.time_ms is not None
    )
    assert sum(seconds.values()) / 3000 == pytest.approx(40, rel=0.1)
    halves: Counter[bool] = Counter()
    for second, count in seconds.items():
        halves[75 <= second % 300 < 225] += count
    assert halves[True] > 1.4 * halves[False]
    assert len(traffic._later) < 40 * 60


def test_everybody_takes_part(events: list[Event]) -> None:
    """All keys, models and providers appear; keys have names of the demo and both plans."""
    keys, models, providers, _ = map(set, zip(*(r.who for r in firsts(events)), strict=True))
    assert (set(KEYS), set(MODELS), set(PROVIDERS)) == (keys, models, providers)
    assert (len(keys), len(models), len(providers)) == (25, 22, 8)
    assert len({key.name for key in KEYS.values()}) == 25
    assert all(key.name.startswith("demo-") and key.id == id_ for id_, key in KEYS.items())
    assert {key.plan for key in KEYS.values()} == {"payg", "subscription"}


def test_lines_are_real_life(events: list[Event]) -> None:
    """Mostly raw meta, some native, a few repeated, very few that nobody can read, no secret."""
    good, bad = records(events)
    assert 0 < len(bad) < len(events) / 1000
    native = sum(event.line.startswith(b'{"id"') for event in events)
    assert 0.1 < native / len(events) < 0.2
    repeated = sum(count - 1 for count in Counter(e.line for e in events).values() if count > 1)
    assert 0.001 < repeated / len(events) < 0.01
    assert all(b"sk-" not in e.line and b"\n" not in e.line and len(e.line) < 2500 for e in events)
    assert {"finish_reason"} == {field for _, record in good for field in record.unknown}


def test_requests_end_in_every_way(events: list[Event], raw: list[dict[str, Any]]) -> None:
    """Each outcome, each side's failures and each finish reason of the protocols is there."""
    requests = firsts(events)
    outcomes = Counter(record.outcome for record in requests)
    assert 0.92 < outcomes["success"] / len(requests) < 0.97
    assert outcomes["cancelled"] > 100
    owners = Counter(responsible(r.error_type) for r in requests if r.error_type is not None)
    assert {"client", "quota", "platform", "provider", "unknown"} == set(owners)
    assert {"stop", "length", "tool_calls", "content_filter", "error", "other", "unknown"} == {
        record.finish for record in requests
    }
    words = {line["nativeFinishReason"] for line in raw}
    usual = {
        word
        for name in ("openai", "anthropic", "vertex", "image")
        for word, weight in (*FINISHES[name], *TOOL_FINISHES[name])
        if weight >= 30 or name != "vertex"
    }
    assert usual - words == set()
    assert {False, True} == {record.streamed for record in requests}


def test_tokens_are_of_every_type(events: list[Event]) -> None:
    """Cache of both lengths, reasoning, searches and images are billed."""
    types = Counter(code for record in firsts(events) for code in record.tokens or ())
    assert set(types) == {
        *("prompt", "completion", "internal_reasoning", "web_search", "image"),
        *("input_cache_read", "input_cache_write_5_min", "input_cache_write_1_h"),
    }


def test_amounts_agree(raw: list[dict[str, Any]]) -> None:
    """Details add up to the bill in texts and numbers; the rest of a line agrees as well."""
    billed = [line for line in raw if line["billAmount"] is not None]
    for line in billed:
        rating = line["ratingResponses"]
        bill = Decimal(line["billAmount"])
        assert sum(detail["billAmount"] for detail in rating["ratingDetails"]) == bill
        assert rating["billAmount"] == bill == Decimal(line["originAmount"])
        assert Decimal(line["realAmount"]) == bill - Decimal(line["discountAmount"])
        assert rating["discountAmount"] == Decimal(line["discountAmount"])
    assert any(Decimal(line["discountAmount"]) for line in billed)
    for line in raw:
        assert (
            sum(v for k, v in line["nativeFeeTokens"].items() if k not in {"web_search", "image"})
            == line["nativeTokens"]["total_tokens"]
        )
        seconds = line["generationTime"] / 1000
        rate = line["tokensCompletion"] / seconds if seconds else 0
        assert float(line["throughput"]) == pytest.approx(rate, abs=0.006)


def test_bills_come_late_and_only_for_pay_as_you_go(events: list[Event]) -> None:
    """A third of the bills follows within eight seconds; subscriptions never have one."""
    first: dict[str | None, tuple[int, bool]] = {}
    delays = []
    for at_ms, record in records(events)[0]:
        if record.event or record.id is None or record.who[0] is None:
            continue
        assert not (KEYS[record.who[0]].plan == "subscription" and record.bill)
        start_ms, billed = first.setdefault(record.id, (at_ms, record.bill is not None))
        if not billed and record.bill:
            first[record.id] = (start_ms, True)
            delays.append(at_ms - start_ms)
    assert 0.25 < len(delays) / len(first) < 0.35
    assert 2000 <= min(delays) <= max(delays) <= 8000


def test_payouts_follow(events: list[Event]) -> None:
    """Both types, as records and as events, from ten seconds to three minutes after the answer."""
    ended: dict[str | None, int] = {}
    payouts: dict[str | None, list[tuple[int, Record]]] = defaultdict(list)
    for at_ms, record in records(events)[0]:
        ended.setdefault(record.id, at_ms)
        if record.compensation is not None:
            payouts[record.id].append((at_ms, record))
    kinds = Counter(
        (p[0][1].event, p[0][1].compensation.type) for p in payouts.values() if p[0][1].compensation
    )
    assert len(kinds) == 4
    assert {"high_latency", "unsatisfactory_content"} == {kind for _, kind in kinds}
    assert all(10_000 <= p[0][0] - ended[id_] <= 180_000 for id_, p in payouts.items())
    revised = [[r.compensation.payout for _, r in p if r.compensation] for p in payouts.values()]
    assert 0 < sum(len(amounts) > 1 for amounts in revised) < len(revised) / 5
    assert all(amounts == sorted(set(amounts)) for amounts in revised)


def test_incidents_happen_by_script() -> None:
    """Failures, slowness, payouts and silence hit whom they should, when they should."""
    scenario = Scenario(
        (
            Incident(60, 120, provider="azure", failing=0.5, failure="no_provider_available"),
            Incident(60, 120, model="anthropic/claude-sonnet-4.5", slower=20, paid=0.4),
            Incident(180, 240, load=0),
        )
    )
    found = list(Traffic(11, START, 60, scenario).due(START + 420_000))
    failed: dict[tuple[bool, bool], list[bool]] = defaultdict(list)
    slow: dict[bool, list[float]] = defaultdict(list)
    for record in firsts(found):
        assert record.time_ms is not None
        second = (record.time_ms - START) / 1000
        assert not 180 <= second < 240
        during = 60 <= second < 120
        failed[during, record.who[2] == "azure"].append(
            record.error_type == "no_provider_available"
        )
        if record.who[1] == "anthropic/claude-sonnet-4.5" and record.latency is not None:
            slow[during].append(record.latency)
    assert fmean(failed.pop((True, True))) == pytest.approx(0.5, abs=0.12)
    assert all(fmean(flags) < 0.02 for flags in failed.values())
    assert at(slow[True], 0.5) > 10 * at(slow[False], 0.5)
    paid = {record.id for _, record in records(found)[0] if record.compensation}
    assert len(paid) > 0.25 * len(slow[True])


def test_what_cannot_be_is_refused() -> None:
    """A failure that the demo does not know and a rate of nothing are faults of the caller."""
    with pytest.raises(ValueError, match="unknown failure: bad_luck"):
        Incident(0, 1, failure="bad_luck")
    with pytest.raises(ValueError, match="rate must be above 0"):
        Traffic(1, START, rate=0)


def test_backlog_runs_in_real_time() -> None:
    """Bills come after minutes, payouts at three the next night, days are busier than nights."""
    end = 1_790_208_000_000
    found = list(backlog(4, end, 3 * 86_400, rate=0.1))
    assert end - 3 * 86_400_000 <= found[0].at_ms < found[-1].at_ms <= end
    assert 20_000 < len(firsts(found)) < 31_000
    hours = Counter(event.at_ms // 3_600_000 % 24 for event in found)
    assert sum(hours[hour] for hour in range(12, 17)) > 3 * sum(hours[hour] for hour in range(5))
    first: dict[str | None, tuple[int, bool]] = {}
    for at_ms, record in records(found)[0]:
        if record.compensation is not None:
            assert 3 * 3_600_000 <= at_ms % 86_400_000 < 3 * 3_600_000 + 603_000
            assert record.time_ms is not None
            assert at_ms // 86_400_000 > record.time_ms // 86_400_000
            continue
        start_ms, billed = first.setdefault(record.id, (at_ms, record.bill is not None))
        if record.bill and not billed:
            first[record.id] = (start_ms, True)
            assert 180_000 <= at_ms - start_ms <= 300_000


def test_writer_appends_whole_lines_when_due(tmp_path: Path) -> None:
    """The file holds what was due, no more, and goes on where an earlier one ended."""
    log = tmp_path / "demo.jsonl"
    log.write_bytes(b"{}\n")
    now = [START / 1000]
    writer = LogWriter(log, Traffic(7, START), lambda: now[0])
    assert writer.write_due() == 0
    now[0] += 10
    count = writer.write_due()
    assert writer.write_due() == 0
    count += writer.write_due(START + 20_000)
    writer.close()
    expected = [event.line for event in Traffic(7, START).due(START + 20_000)]
    assert len(expected) == count
    assert b"".join(line + b"\n" for line in [b"{}", *expected]) == log.read_bytes()


def test_writer_keeps_one_old_file(tmp_path: Path) -> None:
    """A file beyond the limit is renamed, its predecessor goes, and no line is lost between."""
    log = tmp_path / "demo.jsonl"
    writer = LogWriter(log, Traffic(7, START), limit_bytes=100_000)
    for now in range(START, START + 60_000, 1000):
        writer.write_due(now)
    writer.close()
    assert {"demo.jsonl", "demo.jsonl.1"} == {path.name for path in tmp_path.iterdir()}
    kept = (tmp_path / "demo.jsonl.1").read_bytes() + log.read_bytes()
    lines = b"".join(event.line + b"\n" for event in Traffic(7, START).due(START + 59_000))
    assert lines.endswith(kept)
    assert 100_000 < len(kept) < 500_000


def test_writer_takes_long_gaps_in_pieces(tmp_path: Path) -> None:
    """After a sleep of hours a call stays short; the calls after it catch up."""
    writer = LogWriter(tmp_path / "demo.jsonl", Traffic(7, START))
    assert [writer.write_due(START + 36_000_000) for _ in range(2)] == [5000, 5000]
    writer.close()
