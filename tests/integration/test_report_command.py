"""The `report` command: output formats, empty results and errors."""

import json
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from exporter.tables import COUNT, SHARE, USD, Column, Form, Table, as_text
from places import ROOT
from programs import exporter_command
from reporting import LINES, reported, told

PAGE = (ROOT / "docs" / "report.md").read_text()


def blocks(language: str) -> list[str]:
    """Return the page's code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_the_pages_example(tmp_path: Path) -> None:
    """The page's log gives exactly the page's tables."""
    (log,) = blocks("json")
    lines = tuple(log.splitlines())
    examples = re.findall(
        r"^\$ zenmux-exporter report log.jsonl ?(.*)\n((?:(?!```).+\n)+)", PAGE, re.MULTILINE
    )
    assert len(examples) >= 3
    for options, shown in examples:
        done = reported(tmp_path, *options.split(), lines=lines)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == shown


def test_json_is_exact(tmp_path: Path) -> None:
    """JSON has exact money as text, counts as numbers, and the time zone."""
    row = (
        '{"id":"a","timestamp":1795000000,"model":"m","cost_usd":"0.000000000001",'
        '"tokens":{"prompt":0.5}}'
    )
    done = reported(
        tmp_path, "--view=cost", "--format=json", "--time-zone=Asia/Tokyo", lines=(row,)
    )
    found = json.loads(done.stdout)
    assert found["rows"] == [found["total"] | {"model": "m"}]
    assert (found["total"]["requests"], found["total"]["cost_usd"]) == (1, "0.000000000001")
    assert found["total"]["cost_per_million_tokens_usd"] == "0.000002"
    assert (found["time_zone"], found["since"]) == ("Asia/Tokyo", None)
    assert found["first_event"] == found["last_event"] == "2026-11-18T20:06:40+09:00"


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_nothing_to_report(tmp_path: Path, form: str) -> None:
    """An empty log is no error; only the table says so in words."""
    done = reported(tmp_path, f"--format={form}", lines=())
    assert (done.returncode, done.stderr) == (0, "")
    assert ("nothing to report: no records" in done.stdout) is (form == "table")
    assert done.stdout


def test_nothing_in_the_range(tmp_path: Path) -> None:
    """A range without events ends with `nothing in this range`."""
    done = reported(tmp_path, "--until=2020-01-01")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "nothing in this range")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--by=type", "--view=provider"), "--by: must be one of model, provider, api_key, day"),
        (("--by=api_key", "--view=performance"), "--by: must be one of model, provider, day"),
        (("--since=now", "--until=7d"), "--since: must be before --until"),
        (("--since=soon",), "'--since': must be now, an age such as 7d"),
        (("--time-zone=Berlin",), "'--time-zone': must be the name of a time zone"),
        (("--format=blocks",), "'--format': 'blocks' is not one of 'table', 'json', 'csv'"),
    ],
)
def test_wrong_usage(tmp_path: Path, options: tuple[str, ...], says: str) -> None:
    """Wrong usage exits with 2 and lists the valid values."""
    done = reported(tmp_path, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    """An unreadable file exits with 1; the rest is reported, as `once` does."""
    done = reported(tmp_path, str(tmp_path / "gone.jsonl"), "--format=csv")
    assert done.returncode == 1
    assert "high_latency,1,0.25" in done.stdout
    assert "gone.jsonl" in done.stderr


def test_no_valid_line(tmp_path: Path) -> None:
    """A log without any valid record is an error."""
    done = reported(tmp_path, lines=("{}", "[]"))
    assert done.returncode == 1
    assert "no line is a valid record" in done.stderr


def test_configured_sources(tmp_path: Path) -> None:
    """Without files the configured sources are read, with configured names."""
    log, file = tmp_path / "a.jsonl", tmp_path / "c.yml"
    log.write_text("\n".join(LINES))
    file.write_text(
        f"sources: [{{name: a, type: file, path: {log}}}]\nkeys: {{checkout: {{name: Shop}}}}\n"
    )
    done = told("report", f"--config.file={file}", "--view=usage", "--by=api_key", "--format=csv")
    assert done.stdout.splitlines()[1:] == [
        "search,1,2000,400,0,2400,0,0,0",
        "Shop,1,120,30,0,150,0,0,0",
        ",2,2120,430,0,2550,0,0,0",
    ]


def on_terminal(columns: int, *arguments: str) -> str:
    """Run a command on a terminal of this width; return its output."""
    controller, terminal = pty.openpty()
    os.set_blocking(controller, True)
    environment = os.environ | {"COLUMNS": str(columns), "TERM": "xterm", "NO_COLOR": "1"}
    with subprocess.Popen(
        exporter_command(*arguments), stdout=terminal, stderr=terminal, env=environment
    ):
        os.close(terminal)
        shown = b""
        try:
            while chunk := os.read(controller, 1 << 16):
                shown += chunk
        except OSError:
            pass  # the terminal was closed
    os.close(controller)
    return shown.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("columns", [30, 60, 200])
def test_narrow_terminals(tmp_path: Path, columns: int) -> None:
    """A table that is too wide is printed as blocks; no number is cut."""
    log = tmp_path / "log.jsonl"
    log.write_text("\n".join(LINES))
    shown = on_terminal(columns, "report", str(log), "--view=cost")
    body = shown.partition("duplicate\n")[2]
    assert ("\n\n" in body) is (columns < 200)
    for value in ("openai/gpt-5", "0.500000", "208.333333", "total"):
        assert value in body
    assert max(map(len, body.splitlines())) <= max(columns, 60)


COLUMNS = (Column("name", "Name"), Column("n", "N", COUNT), Column("usd", "USD", USD))


@pytest.mark.parametrize(
    ("form", "value", "short"),
    [
        (COUNT, 1234567, "1,234,567"),
        (USD, 1_234_500_000_500_000, "1,234.500000"),
        (USD, 1_234_500_000_500_001, "1,234.500001"),
        (USD, 1, "0.000000000001"),
        (USD, 0, "0.000000"),
        (SHARE, 999_950, "100.00%"),
        (SHARE, 333_333, "33.33%"),
    ],
)
def test_short_numbers(form: Form, value: int, short: str) -> None:
    """Numbers are rounded half-even; amounts that would round to zero are written in full."""
    assert form.short(value) == short


def test_labels_cannot_write_on_the_terminal() -> None:
    """Control characters in labels are escaped, and markup is printed as it is."""
    table = Table(COLUMNS, [("\x1b[31m[bold]x[/bold]\n", 1, 2)])
    shown = as_text(table, 200, is_coloured=False)
    assert r"\x1b[31m[bold]x[/bold]\x0a" in shown
