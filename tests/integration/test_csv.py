"""CSV: rows by header names, resumed reading, and invalid rows."""

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counted_files import counted_file
from cut_reading import MAX_LINE, STEPS, config_of, cut_and_straight, requests, totals
from effort import examples
from exporter.count_files import count_once
from exporter.wrappers.rows import RowReader, header_of, split_row
from places import DATA
from programs import exporter
from reconciling import reconcile, wait_for

TRACE = """
sources:
  - name: trace
    type: file
    path: {path}
    format: csv
    mapping:
      timestamp: TIMESTAMP
      model: {{value: code}}
      input_tokens: ContextTokens
      output_tokens: GeneratedTokens
"""


def test_a_trace_by_a_users_mapping() -> None:
    """A user's mapping counts foreign columns; the sums were added up by hand."""
    text = counted_file(TRACE, DATA / "trace.csv")
    who = 'api_key="unknown",model="code",provider="unknown",plan="payg"'
    for line in (
        f'zenmux_requests_total{{{who},outcome="success"}} 4',
        f'zenmux_tokens_total{{{who},direction="input",token_type="prompt"}} 15531',
        f'zenmux_tokens_total{{{who},direction="output",token_type="completion"}} 59',
        "zenmux_last_request_timestamp_seconds 1793613604.139",
        'zenmux_exporter_records_total{source="trace",result="invalid"} 0',
    ):
        assert f"{line}\n" in text


OPENROUTER = """
sources: [{{name: export, type: file, path: {path}, format: openrouter}}]
"""


def test_openrouters_activity() -> None:
    """OpenRouter's export: cost, cached and reasoning tokens, times, quoted keys, outcomes."""
    text = counted_file(OPENROUTER, DATA / "openrouter.csv")
    claude = 'model="anthropic/claude-4.5-sonnet-20250929",provider="Anthropic",plan="payg"'
    oss = 'model="openai/gpt-oss-120b",provider="DeepInfra",plan="payg"'
    first, second = f'api_key="checkout, live",{claude}', f'api_key="say \\"hi\\"",{oss}'
    third = f'api_key="two_lines",{oss}'
    for line in (
        f'zenmux_requests_total{{{first},outcome="success"}} 1',
        f'zenmux_requests_total{{{second},outcome="cancelled"}} 1',
        f'zenmux_requests_total{{{third},outcome="success"}} 1',
        f'zenmux_finish_reasons_total{{{oss},finish_reason="length"}} 1',
        f'zenmux_tokens_total{{{first},direction="input",token_type="prompt"}} 2197',
        f'zenmux_tokens_total{{{first},direction="input",token_type="input_cache_read"}} 8192',
        f'zenmux_tokens_total{{{first},direction="output",token_type="completion"}} 97',
        f'zenmux_tokens_total{{{first},direction="output",token_type="internal_reasoning"}} 40',
        f'zenmux_cost_usd_total{{{first},item="web_search"}} 0.004',
        f'zenmux_cost_usd_total{{{first},item="unitemized"}} 0.00834',
        f'zenmux_cost_usd_total{{{third},item="unitemized"}} 0.0005',
        f"zenmux_time_to_first_token_seconds_sum{{{claude}}} 0.95",
        "zenmux_exporter_billing_mismatch_total 0",
        f"zenmux_generation_duration_seconds_sum{{{claude}}} 2.74",
        f"zenmux_request_duration_seconds_sum{{{oss}}} 1.5",
    ):
        assert f"{line}\n" in text
    # One was cancelled, the other not streamed.
    assert f"zenmux_time_to_first_token_seconds_count{{{oss}}}" not in text
    assert 'result="invalid"} 0\n' in text


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("a,b", ["a", "b"]),
        (" a , b ", ["a", "b"]),
        ("", [""]),
        (",", ["", ""]),
        ('"a,b","c ""d"""', ["a,b", 'c "d"']),
        ('"a\nb", "c" ', ["a\nb", "c"]),
        ('5" disk,b', ['5" disk', "b"]),
        ('"a"b,c', None),
        ('a,"b', None),
        ('a,"b""', None),
    ],
)
def test_rows(text: str, fields: list[str] | None) -> None:
    """Rows may have quoted commas and newlines; malformed and unfinished rows are detected."""
    found, goes_on = split_row(text, ",")
    assert found == fields
    assert goes_on == (text.startswith('a,"'))


@pytest.mark.parametrize(
    ("begin", "header"),
    [
        (b"a,b\n1,2\n", ["a", "b"]),
        (b"\xef\xbb\xbfa,b\r\n", ["a", "b"]),
        (b"\n \n a , b \n", ["a", "b"]),
        (b'"a\nb",c\n', ["a\nb", "c"]),
        (b"a,b", None),
        (b'"a\n', None),
        (b'"a"b\n', None),
        (b"", None),
    ],
)
def test_headers(begin: bytes, header: list[str] | None) -> None:
    """The header is the first complete row that is not blank."""
    assert header_of(begin, ",") == header


def found(text: str, **options: Any) -> list[tuple[str, str]]:
    """Feed the lines of a text; return each row's object and reason for rejection."""
    lines = text.encode().split(b"\n")
    reader = RowReader(60, lambda line: b'"ok"' in line, text.encode(), **options)
    rows = [one for line in lines for one in reader.feed(line, 0)]
    return [(one.text.decode(), one.reason or "") for one in (*rows, *reader.give_up())]


def test_what_is_no_row() -> None:
    """Wrong column counts, unclosed quotes and overlong rows are rejected; the rest counts."""
    assert found("a,b\n1,2\n1\n1,2,3\n,2") == [
        ('{"a":"1","b":"2"}', ""),
        ("1", "not_csv"),
        ("1,2,3", "not_csv"),
        ('{"b":"2"}', ""),
    ]
    assert found('a,b\n1,"x\nok,2\nc,d')[:2] == [('1,"x', "not_csv"), ('{"a":"ok","b":"2"}', "")]
    long = "x" * 40
    assert found(f'a,b\n1,"{long}\n{long}\n"\n3,4') == [
        ("", "line_too_long"),
        ('{"a":"3","b":"4"}', ""),
    ]
    assert found('a,b\n1,"2\n') == [('1,"2\n', "not_csv")]
    assert found('"a\n1,2') == [('"a\n1,2', "not_csv")]


def test_headers_again_and_other_delimiters() -> None:
    """Repeated headers of concatenated files are skipped; the delimiter can be set."""
    assert found("a;b\n1,5;2\na;b\n3;4", delimiter=";") == [
        ('{"a":"1,5","b":"2"}', ""),
        ('{"a":"3","b":"4"}', ""),
    ]


MAPPING = {"timestamp": "at", "model": "model", "tokens.prompt": "in", "tokens.completion": "n"}
OPTIONS: dict[str, Any] = {"format": "csv", "wrapper": "csv", "mapping": MAPPING}


def table(seed: int, count: int) -> str:
    """Return CSV rows without ids, so that double counting shows, with invalid rows between."""
    chance = random.Random(seed)
    text = "at,model,in,n,note\n"
    for n in range(count):
        note = chance.choice(("", "x", '"a, ""b"""', '"two\nlines"', '"\n\n{"'))
        text += f"2026-11-02T10:20:30Z,{chance.choice('abc')},{chance.randint(1, 9)},{n},{note}\n"
        text += chance.choice(("", "", "\n", "garbage\n", "1,2,3,4,5,6\n"))
    return text


@settings(max_examples=examples(32, 320), deadline=None)
@given(st.integers(0, 10_000), STEPS)
def test_reading_is_cut_anywhere(seed: int, steps: list[tuple[str, int]]) -> None:
    """Reading resumes anywhere, even within a row, with the header known."""
    text, expected = cut_and_straight(table(seed, 60).encode(), steps, **OPTIONS)
    assert totals(text) == totals(expected)
    assert 'reason="not_csv"' in expected
    assert "missing_" not in text


def test_files_with_the_same_header_and_first_rows(tmp_path: Path) -> None:
    """Rows shared with a file read earlier count once; the rest uses the same header."""
    rows = table(3, 30).splitlines(keepends=True)
    for name, some in (("a.csv", rows[:20]), ("b.csv", rows[:20] + rows[25:]), ("c.csv", rows[:1])):
        (tmp_path / name).write_text("".join(some))
    (tmp_path / "whole.csv").write_text("".join(rows[:20] + rows[25:]))
    both = config_of(tmp_path, tmp_path / "[abc].csv", **OPTIONS)
    whole = config_of(tmp_path, tmp_path / "whole.csv", **OPTIONS)
    assert requests(count_once(both)) == requests(count_once(whole))


def test_followed_rotated_and_reconciled(tmp_path: Path) -> None:
    """Each file has its header; `run` and `reconcile` agree, before and after a restart."""
    config, log = tmp_path / "exporter.yml", tmp_path / "app.csv"
    mapping = ", ".join(f"{name}: {column}" for name, column in MAPPING.items())
    config.write_text(
        f"sources: [{{name: app, type: file, path: {log}, format: csv, mapping: {{{mapping}}}}}]"
    )
    head = "at,model,in,n,note\n"
    rows = [f'2026-11-02T10:20:30Z,m,1,{n},"a\nb"\n' for n in range(6)]
    log.write_text(head + rows[0] + rows[1])
    with exporter(tmp_path, f"--config.file={config}") as (_, url):
        wait_for(url, 2)
    with log.open("a") as file:
        file.write(rows[2])
    with exporter(tmp_path, f"--config.file={config}") as (_, url):
        wait_for(url, 3)
        log.rename(away := tmp_path / "app.csv.1")
        log.write_text(head + rows[3] + rows[4])
        wait_for(url, 5)
        same = reconcile(url, f"--config.file={config}", away, log)
    assert (same.returncode, same.stdout) == (0, "no differences in 5 records of 2 files\n")


def test_longest_row(tmp_path: Path) -> None:
    """An unclosed quote loses one row and does not use unbounded memory."""
    rows = table(5, 3) + '2026-11-02T10:20:30Z,m,1,1,"\n' + "x,\n" * (MAX_LINE * 2)
    (tmp_path / "a.csv").write_text(rows + "2026-11-02T10:20:30Z,last,1,1,\n")
    text = count_once(config_of(tmp_path, tmp_path / "a.csv", **OPTIONS))
    assert 'reason="line_too_long"} 1\n' in text
    assert 'model="last",provider="unknown",plan="payg",outcome="success"} 1\n' in text
