"""A mapping reads custom records; fields that match nothing are reported."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from clocks import Clock
from counted_files import counted_file
from exporter.config import load
from exporter.config.options import Options
from exporter.errors import ConfigError
from exporter.formats.mapping import FieldMapping
from exporter.formats.paths import parse_path
from exporter.formats.transforms import Rule
from exporter.pipeline.first_lines import FirstLines
from exporter.sources import SourceStatus
from exporter.web.page.health import Health
from exporter.web.page.sources import sources

TIME, FINE = "2026-11-01T00:00:00Z", "2026-11-01T00:00:01.5009999Z"
RECORD: dict[str, Any] = {
    "a.b": 1,
    "a": {"c.d": 2, "c": {"d": 3, "e": "x"}},
    "list": [{"n": 1}, {"n": 2}],
    "body": '{"usage": {"total": 7}, "inner": "{\\"deep\\": [8]}"}',
    "bad": "{",
    "empty": "",
    "none": None,
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("a.b", 1),
        ("a.c.d", 2),
        ("a.c.e", "x"),
        ("list[0].n", 1),
        ("list[-1].n", 2),
        ("list[2].n", None),
        ("list[-3].n", None),
        ("list.n", None),
        ("a[0]", None),
        ("body.usage.total", 7),
        ("body.inner.deep[0]", 8),
        ("bad.x", None),
        ("none.x", None),
        ("nothing", None),
    ],
)
def test_paths(path: str, value: object) -> None:
    """Paths have names and indices, and enter JSON in strings; a key with dots wins."""
    assert parse_path(path).find(RECORD) == value


@pytest.mark.parametrize("path", ["", "a..b", "a.", ".a", "a[x]", "a[0", "a[0]b", "a.[0]", "a]"])
def test_no_paths(path: str) -> None:
    """Malformed paths are refused."""
    with pytest.raises(ValueError, match=r"name is missing|must hold a number"):
        parse_path(path)


def mapped(record: dict[str, Any], **fields: str | Rule) -> dict[str, Any]:
    """Apply a mapping to a record."""
    return FieldMapping(fields).apply(record)


@pytest.mark.parametrize(
    ("rule", "record", "value"),
    [
        (Rule(constant="zenmux"), {}, "zenmux"),
        (Rule(("a", "b")), {"a": "", "b": 2}, 2),
        (Rule(("t",), factor=Decimal(1000)), {"t": Decimal("0.1234567")}, Decimal("123.4567")),
        (Rule(("t",), factor=Decimal("0.01")), {"t": "250"}, Decimal("2.50")),
        (Rule(("t",), factor=Decimal(1000)), {"t": "soon"}, "soon"),
        (Rule(("t",), factor=Decimal(1000)), {"t": True}, True),
        (Rule(("t",), factor=Decimal(1000)), {"t": "1e999999999999999999"}, "1e999999999999999999"),
        (Rule(("t",), decimal=","), {"t": " 1.234,5"}, "1234.5"),
        (Rule(("t",), decimal=","), {"t": "1.5"}, "1.5"),
        (Rule(("t",), decimal=","), {"t": Decimal("1.5")}, Decimal("1.5")),
        (Rule(("t",), factor=Decimal(1000), decimal=","), {"t": "-1,5"}, Decimal("-1500.0")),
        (Rule(("s",), values={"boom": "error", "true": 1}), {"s": "boom"}, "error"),
        (Rule(("s",), values={"boom": "error", "true": 1}), {"s": True}, 1),
        (Rule(("s",), values={"7": "x"}), {"s": 7}, "x"),
        (Rule(("s",), values={"false": "error"}), {"s": "FALSE"}, "error"),
        (Rule(("s",), values={"A": 1, "a": 2}), {"s": "A"}, 1),
        (Rule(("s",), values={"A": 1}), {"s": "a"}, "a"),
        (Rule(("s",), values={"boom": "error"}), {"s": "fine"}, "fine"),
        (
            Rule(("e",), ("s",)),
            {"s": TIME, "e": FINE},
            Decimal("1500.9999"),
        ),
        (Rule(("e",), ("s",)), {"s": 1793491200, "e": Decimal("1793491200.0005")}, Decimal("0.5")),
        (Rule(("e",), ("s",)), {"s": TIME, "e": "1793491200500"}, 500),
        (
            Rule(("e",), ("s",)),
            {"s": "1793491200000001", "e": 1793491200000002500},
            Decimal("0.0015"),
        ),
        (Rule(("e",), ("s",)), {"s": "2026-11-01T01:00:00+01:00", "e": TIME}, 0),
        (Rule(("e",), ("s",)), {"e": TIME}, None),
        (Rule(("e",), ("s",)), {"s": "soon", "e": TIME}, "no time"),
    ],
)
def test_rules(rule: Rule, record: dict[str, Any], value: object) -> None:
    """Constants, alternative paths, factors, value maps and time differences."""
    assert mapped(record, latency_ms=rule).get("latency_ms") == value


def test_words_of_flags() -> None:
    """Flags may be strings such as "True" and "0"."""
    assert mapped({"s": "True", "c": "0"}, streamed="s", cancelled="c") == {
        "streamed": True,
        "cancelled": False,
    }
    assert mapped({"s": "perhaps"}, streamed="s") == {"streamed": "perhaps"}


CONFIG = """
sources:
  - name: app
    type: file
    path: {path}
    mapping:
      id: ids[0]
      timestamp: started
      model: [deployment, model]
      provider: {{value: zenmux}}
      latency_ms: {{path: first_token, since: started}}
      generation_ms: {{path: seconds, unit: s}}
      cost_usd: {{path: cents, factor: 0.01}}
      status: {{path: state, values: {{boom: error}}}}
      usage: answer.usage
      streamed: stream
"""
LINE = {
    "ids": ["a", "b"],
    "started": "2026-11-01T00:00:00.000Z",
    "first_token": "2026-11-01T00:00:00.250Z",
    "seconds": 1.25,
    "model": "m",
    "cents": "0.5",
    "state": "boom",
    "answer": json.dumps({"usage": {"prompt_tokens": 100, "completion_tokens": 50}}),
    "stream": "yes",
}


def counted(tmp_path: Path, text: str, *lines: object, first: FirstLines | None = None) -> str:
    """Return what `once` prints for these lines and this configuration."""
    log = tmp_path / "a.jsonl"
    log.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return counted_file(text, log, first)


def test_whole_mapping(tmp_path: Path) -> None:
    """A mapping that uses every feature is counted correctly."""
    ok = {**LINE, "ids": ["c"], "state": "fine", "deployment": "d"}
    text = counted(tmp_path, CONFIG, LINE, LINE, ok)
    rest = 'provider="zenmux",plan="payg"'
    who, other = (f'api_key="unknown",model="{m}",{rest}' for m in "md")
    for line in (
        f'zenmux_requests_total{{{who},outcome="error"}} 1',
        f'zenmux_requests_total{{{other},outcome="success"}} 1',
        f'zenmux_cost_usd_total{{{who},item="unitemized"}} 0.005',
        f'zenmux_tokens_total{{{who},direction="input",token_type="prompt"}} 100',
        f'zenmux_time_to_first_token_seconds_sum{{model="d",{rest}}} 0.25',
        f'zenmux_generation_duration_seconds_sum{{model="d",{rest}}} 1.25',
        'zenmux_exporter_records_total{source="app",result="duplicate"} 1',
    ):
        assert f"{line}\n" in text


FAULTS = {
    "{path: a, value: b}": "model.path: does not apply to a constant (value)",
    "{values: {a: b}}": "model.path: must be given",
    "{path: a, unit: s}": "model.unit: applies to generation_ms and latency_ms only",
    "{path: a, since: b}": "model.since: applies to generation_ms and latency_ms only",
    "{path: a, factor: 0}": "model.factor: must be more than 0",
    "{path: a, factor: x}": "model.factor: must be a number, not text",
    "{path: a, values: [b]}": "model.values: must be a section with keys, not a list",
    "{path: a, values: {b: [c]}}": "model.values.b: must be text, a number, true or false,"
    " not a list",
    "{pth: a, path: b}": 'model.pth: unknown key; did you mean "path"?',
    "[]": "model: must not be empty",
    "[a, 'b[c]']": "model[1]: must be a path like usage.total or choices[0].text",
    "5": "model: must be text, not a number; put it in quotes",
    "a, latency_ms: {path: a, unit: s, factor: 2}": "latency_ms.factor: cannot be given together"
    " with unit",
    "{path: a, factor: 1e9999}": "model.factor: must be a number, not text",
    "{path: a, decimal: ';'}": "model.decimal: must be comma or point",
    "a, latency_ms: {path: a, unit: h}": "latency_ms.unit: must be ns or us or ms or s or min",
    "a, latency_ms: {path: a, since: b, unit: s}": "latency_ms.unit: does not apply with since,"
    " which gives milliseconds",
}


@pytest.mark.parametrize(("rule", "fault"), FAULTS.items())
def test_faults(tmp_path: Path, rule: str, fault: str) -> None:
    """Each fault is reported with its key and what is accepted."""
    file = tmp_path / "exporter.yml"
    file.write_text(
        f"sources: [{{name: a, type: stdin, mapping: {{timestamp: t, model: {rule}}}}}]"
    )
    with pytest.raises(ConfigError) as error:
        load(file, Options("check", tmp_path))
    (told,) = error.value.faults
    assert told.startswith(f"{file}:1:")
    assert told.partition(": ")[2] == f"sources[0].mapping.{fault}"


def test_factors_as_yaml_does_not_read_them(tmp_path: Path) -> None:
    """YAML reads 1e-6 as a string, but it is accepted as a number."""
    text = CONFIG.replace("factor: 0.01", "factor: 1e-6, decimal: comma")
    assert 'item="unitemized"} 0.0000015\n' in counted(tmp_path, text, {**LINE, "cents": "1,5"})


def test_what_matches_nothing_is_told_once(tmp_path: Path, told: list[dict[str, Any]]) -> None:
    """Unmatched fields are reported once, with the fields seen, in the log and on the page."""
    text = CONFIG.replace("cents", "cent").replace("ids[0]", "ids[5]")
    first = FirstLines()
    counted(tmp_path, text, *[LINE] * 250, first=first)
    (warning,) = (row for row in told if "mapping" in row.get("remedy", ""))
    assert warning["msg"] == "fields of a mapping match nothing"
    assert (warning["source"], warning["fields"]) == ("app", "id (ids[5]), cost_usd (cent)")
    assert (
        warning["seen"] == "ids, started, first_token, seconds, model, cents, state, answer, stream"
    )
    found = [SourceStatus("app", 0, 0.0)]
    page = sources(Health("", found, (), {}, first.mappings.unmatched(), {}, {}, tmp_path, 0.0))
    assert "nothing for id (ids[5]), cost_usd (cent); the records have ids, started," in page


def test_a_mapping_without_any_match_is_told(tmp_path: Path, told: list[dict[str, Any]]) -> None:
    """One record is enough to warn; nested fields are listed, too."""
    counted(tmp_path, CONFIG, {"request": {"model": "m", "usage": {"in": {"deep": 1}}}, "at": 1})
    (warning,) = (row for row in told if row["msg"] == "a mapping matches nothing")
    assert warning["seen"] == "request.model, request.usage.in, at"


def test_few_records_must_do_once_it_is_quiet(told: list[dict[str, Any]]) -> None:
    """With few records, the warning comes after a quiet time; a later match clears it."""
    clock = Clock()
    first, mapping = FirstLines(clock), FieldMapping({"model": "m", "cost_usd": "c"})
    first.mappings.watch({"a": mapping.matches})
    mapping.apply({"m": "x"})
    first.note("a", "f", {}, 1, {})
    first.check()
    assert told == []
    clock.now += 6
    first.check()
    first.check()
    assert [row["fields"] for row in told] == ["cost_usd (c)"]
    assert first.mappings.unmatched().keys() == {"a"}
    mapping.apply({"c": 1})
    assert not first.mappings.unmatched()
