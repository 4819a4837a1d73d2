"""The demo's traffic is realistic and reproducible."""

import json
from collections import Counter, defaultdict
from decimal import Decimal
from itertools import islice
from statistics import fmean
from typing import Any

import pytest

from exporter.demo import API_KEYS, KEYS, Event, Incident, Job, Scenario, Traffic, backlog
from exporter.demo.market import MODELS, PROVIDERS
from exporter.demo.outcomes import FINISHES, TOOL_FINISHES
from exporter.errors import Rejected
from exporter.formats.parser import Parser
from exporter.records import Record
from exporter.rules.responsibility import responsible

pytestmark = pytest.mark.slow

START = 1_790_000_000_000
_parse = Parser().parse


def records(events: list[Event]) -> tuple[list[tuple[int, Record]], list[Rejected]]:
    """The parsed records with the times of their lines, and the rejected ones."""
    good, bad = [], []
    for event in events:
        for found in _parse(event.line):
            if isinstance(found, Rejected):
                bad.append(found)
            else:
                good.append((event.at_ms, found))
    return good, bad


def firsts(events: list[Event]) -> list[Record]:
    """The first record of each request."""
    seen: dict[str | None, Record] = {}
    for _, record in records(events)[0]:
        if not record.is_event:
            seen.setdefault(record.id, record)
    return list(seen.values())


@pytest.fixture(scope="module")
def events() -> list[Event]:
    """Some ten minutes of the demo."""
    return list(islice(Traffic(7, START), 20_000))


@pytest.fixture(scope="module")
def raw(events: list[Event]) -> list[dict[str, Any]]:
    """The raw meta lines, with amounts as exact decimals."""
    lines = [
        json.loads(event.line, parse_float=Decimal)
        for event in events
        if event.line.startswith(b'{"generationId"') and event.line.endswith(b"}")
    ]
    return [line for line in lines if isinstance(line["streamed"], bool) and line["latency"] > 0]


def at(values: list[float], level: float) -> float:
    """Return a quantile."""
    return sorted(values)[int(level * len(values))]


def test_same_seed_gives_the_same_stream(events: list[Event]) -> None:
    """The same seed and start give the same bytes; another seed shares no request."""
    assert events[:5000] == list(islice(Traffic(7, START), 5000))
    other = {event.line for event in islice(Traffic(8, START), 5000)}
    assert not other & {event.line for event in events[:5000] if b'"id' in event.line}


def test_lines_come_in_order_however_they_are_taken(events: list[Event]) -> None:
    """Times never decrease, and `due` in small steps gives the same lines as iterating."""
    times = [event.at_ms for event in events]
    assert times == sorted(times)
    traffic = Traffic(7, START)
    until = START + 60_000
    parts = [event for now in range(START, until, 777) for event in traffic.due(now)]
    parts += [*traffic.due(until), next(traffic)]
    assert parts == events[: len(parts)]
    assert parts[-2].at_ms <= until < parts[-1].at_ms


def test_rate_waves_and_memory_stays_bounded() -> None:
    """The mean rate is as requested, it varies in five-minute waves, and few lines are queued."""
    traffic = Traffic(5, START, rate=10)
    seconds = Counter(
        record.time_ms // 1000
        for record in firsts(list(traffic.due(START + 3_000_000)))
        if record.time_ms is not None
    )
    assert sum(seconds.values()) / 3000 == pytest.approx(10, rel=0.1)
    halves: Counter[bool] = Counter()
    for second, count in seconds.items():
        halves[75 <= second % 300 < 225] += count
    assert halves[True] > 1.4 * halves[False]
    assert len(traffic._later) < 10 * 60


def test_a_job_runs_on_time_whatever_the_load() -> None:
    """A job sends a request with a web search every 15 s, and all are paid if its share is 1."""
    research = next(key for key in API_KEYS if key.name == "demo-agent-research")
    job = Job(15, research, "anthropic/claude-sonnet-4.5", "pause_turn", paid=1.0)
    stopped = Incident(0, 1000, load=0)
    events = list(Traffic(7, START, scenario=Scenario((stopped,), (job,))).due(START + 299_000))
    requests = firsts(events)
    times = {r.id: (r.time_ms or 0) - START for r in requests}
    assert {at // 1000 for at in times.values()} >= {*range(0, 250, 15)}
    assert {at // 1000 % 15 for at in times.values()} == {0}
    assert {(r.labels[0], r.labels[1], r.finish_reason) for r in requests} == {
        (job.key.id, job.model, "other")
    }
    assert all(r.web_searches for r in requests)
    # A payout comes within three minutes.
    early = {id_ for id_, at in times.items() if at < 100_000}
    assert early <= {r.id for _, r in records(events)[0] if r.compensation is not None}
    with pytest.raises(ValueError, match="no web search"):
        Job(15, research, "anthropic/claude-opus-4.1", "pause_turn", paid=1.0)


def test_everybody_takes_part(events: list[Event]) -> None:
    """All keys, models and providers occur; key names start with demo-; both plans are used."""
    keys, models, providers, _ = map(set, zip(*(r.labels for r in firsts(events)), strict=True))
    assert (set(KEYS), set(MODELS), set(PROVIDERS)) == (keys, models, providers)
    assert (len(keys), len(models), len(providers)) == (25, 22, 8)
    names, plans = map(set, zip(*KEYS.values(), strict=True))
    assert len(names) == 25
    assert all(name.startswith("demo-") for name in names)
    assert plans == {"payg", "subscription"}


def test_lines_are_real_life(events: list[Event]) -> None:
    """Mostly raw meta, some native, a few duplicates, very few malformed lines, no secrets."""
    good, bad = records(events)
    assert 0 < len(bad) < len(events) / 1000
    native = sum(event.line.startswith(b'{"id"') for event in events)
    assert 0.1 < native / len(events) < 0.2
    repeated = sum(count - 1 for count in Counter(e.line for e in events).values() if count > 1)
    assert 0.001 < repeated / len(events) < 0.01
    assert all(b"sk-" not in e.line and b"\n" not in e.line and len(e.line) < 3000 for e in events)
    assert {"finish_reason"} == {field for _, record in good for field in record.unknown}


def test_requests_end_in_every_way(events: list[Event], raw: list[dict[str, Any]]) -> None:
    """Every outcome, responsibility and finish reason occurs."""
    requests = firsts(events)
    outcomes = Counter(record.outcome for record in requests)
    assert 0.92 < outcomes["success"] / len(requests) < 0.97
    assert outcomes["cancelled"] > 100
    owners = Counter(responsible(r.error_type) for r in requests if r.error_type is not None)
    assert {"client", "quota", "platform", "provider", "unknown"} == set(owners)
    assert {"stop", "length", "tool_calls", "content_filter", "error", "other", "unknown"} == {
        record.finish_reason for record in requests
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
    """Every token type occurs, also both cache lifetimes, web searches and images."""
    types = Counter(code for record in firsts(events) for code in record.quantities or ())
    assert set(types) == {
        *("prompt", "completion", "internal_reasoning", "web_search", "image"),
        *("input_cache_read", "input_cache_write_5_min", "input_cache_write_1_h"),
    }


def test_amounts_agree(raw: list[dict[str, Any]]) -> None:
    """Bill items add up to the bill, token types to the total, and throughput fits the time."""
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
    """A third of the bills comes two to eight seconds late; subscriptions have none."""
    first: dict[str | None, tuple[int, bool]] = {}
    delays = []
    for at_ms, record in records(events)[0]:
        if record.is_event or record.id is None or record.labels[0] is None:
            continue
        assert not (KEYS[record.labels[0]][1] == "subscription" and record.bill)
        start_ms, billed = first.setdefault(record.id, (at_ms, record.bill is not None))
        if not billed and record.bill:
            first[record.id] = (start_ms, True)
            delays.append(at_ms - start_ms)
    assert 0.25 < len(delays) / len(first) < 0.35
    assert 2000 <= min(delays) <= max(delays) <= 8000


def test_payouts_follow(events: list[Event]) -> None:
    """Both types, as records and events, come ten seconds to three minutes after the answer."""
    ended: dict[str | None, int] = {}
    payouts: dict[str | None, list[tuple[int, Record]]] = defaultdict(list)
    for at_ms, record in records(events)[0]:
        ended.setdefault(record.id, at_ms)
        if record.compensation is not None:
            payouts[record.id].append((at_ms, record))
    kinds = Counter(
        (p[0][1].is_event, p[0][1].compensation.type)
        for p in payouts.values()
        if p[0][1].compensation
    )
    assert len(kinds) == 4
    assert {"high_latency", "unsatisfactory_content"} == {kind for _, kind in kinds}
    assert all(10_000 <= p[0][0] - ended[id_] <= 180_000 for id_, p in payouts.items())
    revised = [[r.compensation.payout for _, r in p if r.compensation] for p in payouts.values()]
    assert 0 < sum(len(amounts) > 1 for amounts in revised) < len(revised) / 5
    assert all(amounts == sorted(set(amounts)) for amounts in revised)


def test_incidents_happen_by_script() -> None:
    """Incidents affect only their provider, model and period."""
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
        failed[during, record.labels[2] == "azure"].append(
            record.error_type == "no_provider_available"
        )
        if record.labels[1] == "anthropic/claude-sonnet-4.5" and record.latency is not None:
            slow[during].append(record.latency)
    assert fmean(failed.pop((True, True))) == pytest.approx(0.5, abs=0.12)
    assert all(fmean(flags) < 0.02 for flags in failed.values())
    assert at(slow[True], 0.5) > 10 * at(slow[False], 0.5)
    paid = {record.id for _, record in records(found)[0] if record.compensation}
    assert len(paid) > 0.25 * len(slow[True])


def test_what_cannot_be_is_refused() -> None:
    """An unknown failure and a rate of 0 are refused."""
    with pytest.raises(ValueError, match="unknown failure: bad_luck"):
        Incident(0, 1, failure="bad_luck")
    with pytest.raises(ValueError, match="rate must be above 0"):
        Traffic(1, START, rate=0)


def test_backlog_runs_in_real_time() -> None:
    """Bills come after minutes and payouts at 3:00 the next day; days are busier than nights."""
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
