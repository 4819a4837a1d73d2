"""Later lines that contradict the counted request are counted by field."""

from pathlib import Path

import pytest
from conftest import Count

from exporter.config import Config, Key, LabelRule, Storage
from exporter.config.model import default_labels
from exporter.counting.counter import RecordCounter
from exporter.formats.parser import Parser
from exporter.records import Record

FULL = '"model": "m", "provider": "p", "api_key": "k", "plan": "payg", "status": "ok"'
EVENT = '"event": "compensation", "compensation": {"payout_usd": 1}'


def line(fields: str = FULL) -> str:
    """A line of the generation `a`."""
    return f'{{"id": "a", "timestamp": "2026-11-01T00:00:00Z", {fields}}}'


def conflicts(text: str) -> dict[str, int]:
    """The counted conflicts by field."""
    start = 'zenmux_exporter_conflicts_total{field="'
    found = [row[len(start) :].split('"} ') for row in text.splitlines() if row.startswith(start)]
    return {field: int(number) for field, number in found}


@pytest.mark.parametrize(
    ("earlier", "later", "expected"),
    [
        (FULL, FULL.replace('"m"', '"n"'), "model"),
        (FULL, FULL.replace('"p"', '"q"'), "provider"),
        (FULL, FULL.replace('"k"', '"l"'), "api_key"),
        (FULL, FULL.replace("payg", "subscription"), "plan"),
        (FULL, FULL.replace("ok", "failed"), "outcome"),
        (FULL.replace("ok", "cancelled"), FULL, "outcome"),
        (FULL.replace("ok", "failed"), FULL.replace("ok", "aborted"), "outcome"),
        ('"model": "m"', '"model": "m", "plan": "subscription"', "plan"),
        ('"model": "m"', '"model": "m", "error_type": "timeout"', "outcome"),
        (FULL, '"model": "n", "plan": "team"', "model plan"),
        (FULL, '"model": " m ", "provider": "", "plan": null', ""),
        ('"model": "m"', FULL, ""),
        (FULL.replace("ok", "failed"), '"model": "m"', ""),
        (FULL.replace("payg", "subscription"), '"model": "m", "api_key": "k"', ""),
        (FULL, f'{EVENT}, "model": "n", "status": "failed"', ""),
        (FULL, '"model": "n", "status": "running"', ""),
    ],
)
def test_fields(count: Count, earlier: str, later: str, expected: str) -> None:
    """A conflict is a field that both lines have with different values."""
    text = count([line(earlier), line(later)])

    assert conflicts(text) == dict.fromkeys(expected.split(), 1)


def test_each_line_counts(count: Count) -> None:
    """Duplicates and amendments both count as conflicts."""
    other = FULL.replace('"m"', '"n"')
    text = count([line(), line(f'{other}, "cost_usd": 1'), line(other)])

    assert conflicts(text) == {"model": 2}
    assert 'result="amended"} 1\n' in text


def test_what_differs_takes_no_place(count: Count) -> None:
    """A conflicting value isn't a label value, so it doesn't count towards the limit."""
    rules = {**default_labels(), "model": LabelRule(limit=2)}
    second = line('"model": "x"').replace('"a"', '"b"')
    text = count([line(), line('"model": "n"'), second], labels=rules)

    assert conflicts(text) == {"model": 1}
    assert 'model="x"' in text
    assert "label_overflow_total{" not in text


def test_what_is_folded_tells_nothing(count: Count) -> None:
    """No conflict is counted for `other`, because the original value is unknown."""
    rules = {**default_labels(), "model": LabelRule(limit=1)}
    first = line('"model": "x"').replace('"a"', '"b"')
    text = count([first, line(), line('"model": "n"'), line('"model": "x"')], labels=rules)

    assert 'model="other"' in text
    assert conflicts(text) == {}


def records(*fields: str) -> list[Record]:
    """Records of the generation `a`."""
    found = [one for some in fields for one in Parser().parse(line(some).encode())]
    assert all(isinstance(one, Record) for one in found)
    return [one for one in found if isinstance(one, Record)]


@pytest.mark.parametrize(
    ("earlier", "later"), [({}, {"k": "team"}), ({"k": "old"}, {"k": "new"}), ({"k": "old"}, {})]
)
def test_names_given_since(tmp_path: Path, earlier: dict[str, str], later: dict[str, str]) -> None:
    """Renaming a key in the configuration isn't a conflict."""
    configs = [
        Config(
            keys={key: Key(name) for key, name in names.items()},
            storage=Storage(path=tmp_path),
        )
        for names in (earlier, later)
    ]
    first, again = records(FULL, FULL)
    counter = RecordCounter(configs[0])
    counter.count(first)
    counter.configure(configs[1])
    counter.count(again)
    created = {series.metric for series in counter.deltas.take_increments().created}

    assert "zenmux_requests_total" in created
    assert "zenmux_exporter_conflicts_total" not in created
