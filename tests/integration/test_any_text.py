"""No text in a log, a file name or an option crashes any command.

Every kind of text and number is put into every field and passed to every command.
"""

import json
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anything import (
    NATIVE,
    ZENMUX,
    accepted,
    command,
    every_line,
    line,
    reconciled,
    scraped,
    totals,
)
from effort import examples
from exporter.config import load
from exporter.config.commands import COMMANDS
from exporter.config.flag import Flag
from exporter.config.flags import FLAGS
from exporter.config.options import Options, parse
from exporter.errors import ConfigError, Rejected
from exporter.formats.parser import Parser
from exporter.records import Record
from programs import exporter, get
from record_facts import beside_nan, facts

SAMPLE = re.compile(
    r'[\w:]+\{\w+="(?:[^"\\\n]|\\.)*"(?:,\w+="(?:[^"\\\n]|\\.)*")*\} [0-9.]+ [0-9.]+'
)


def test_every_text_in_every_field(tmp_path: Path) -> None:
    """Every command survives every line, and all report the same totals."""
    log = tmp_path / "requests.jsonl"
    log.write_text("".join(every_line()), "utf-8", errors="surrogatepass")
    with exporter(tmp_path, str(log)) as (program, url):
        running = totals(scraped(url))
        assert "no differences" in reconciled(url, os.fsencode(log))
        assert program.stop() == 0
    with exporter(tmp_path, str(log)) as (_, url):
        assert totals(scraped(url)) == running
        assert get(f"{url}/")[0] == get(f"{url}/api/v1/compensations")[0] == 200
    # Progress is logged after five seconds.
    once = command("once", "--log.level=warn", str(log))
    hours = ("--start=2026-10-31T23:00:00Z", "--end=2026-11-01T02:00:00Z", "--step=300")
    made = ("--format=openmetrics", f"--out={tmp_path}/out", "--labels=job=\udcff", *hours)
    backfill = command("backfill", "--log.level=warn", *made, str(log))

    assert (once.returncode, once.stderr) == (0, b"")
    assert totals(once.stdout.decode()) == running
    assert (backfill.returncode, backfill.stderr) == (0, b"")
    history = "".join(file.read_text("utf-8") for file in (tmp_path / "out").glob("*.om"))
    rows = [row for row in history.split("\n")[:-1] if not row.startswith("#")]
    assert all(SAMPLE.fullmatch(row) for row in rows)
    assert any(r'job="\\xff"' in row for row in rows)
    assert any("\ufffd" in row for row in running)
    assert any('reason="bad_number"' in row for row in running)


ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=8)
ANY = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        ANY_TEXT,
        st.integers(-(10**20), 10**20),
        st.floats(),
        st.sampled_from(["1793491200", "0.5", "compensation", "stop", "error"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(ANY_TEXT, inner, max_size=3)
    ),
    max_leaves=6,
)
RECORD = st.fixed_dictionaries(
    {},
    optional={
        name: ANY
        for path in (*NATIVE, *ZENMUX)
        for name in [path.partition(".")[0]]
        if name not in ("timestamp", "model", "createdAt", "modelSlug")
    },
)


@settings(max_examples=examples(60, 600), deadline=None, derandomize=True, database=None)
@given(RECORD, ANY_TEXT, st.sampled_from(["timestamp", "createdAt"]), st.booleans())
def test_both_readings_agree(record: dict[str, Any], model: str, time: str, large: bool) -> None:
    """The fast and the strict path parse any record alike, into storable text."""
    whole = {time: 1793491200, "model": model, **record}
    text = json.dumps(whole).encode()
    if large:
        text = text[:-1] + b', "large": ' + b"9" * 4301 + b"}"
    found = [read(text), read(beside_nan(text))]

    assert found[0] == found[1]
    repr(found).encode()


def read(text: bytes) -> list[object]:
    """Return the records or the reasons for rejection; `data` may hold several."""
    return [
        one.reason if isinstance(one, Rejected) else storable(one) for one in Parser().parse(text)
    ]


def storable(record: Record) -> object:
    """Return a record's fields after checking that they hold no lone surrogates."""
    told = facts(record)
    assert not any(0xD800 <= ord(sign) <= 0xDFFF for part in texts_of(told) for sign in part)
    return told


def texts_of(value: Any) -> Iterator[str]:
    """Yield every text within a record."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from texts_of(name)
            yield from texts_of(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from texts_of(inner)


NAMES = (
    "bad\udcff.jsonl",
    "new\nline.jsonl",
    "unit\x1fsep.jsonl",
    "\udced\udca0\udc80.jsonl",
    "\u202e\u2028é.jsonl",
    'q"\\u{}=.jsonl',
    "\\xff.jsonl",
    "\udcc3.jsonl",
)


def test_any_file_name(tmp_path: Path) -> None:
    """Files with undecodable names are followed across restarts, escaped and reconciled."""
    folder = tmp_path / "logs" / "dir\udcfe"
    folder.mkdir(parents=True)
    files = [folder / name for name in NAMES]
    for number, file in enumerate(files):
        file.write_text(line("native", number, "x", "1"))
    paths = [bytes(file) for file in files]
    typed, pattern = str(files[0]), f"{tmp_path}/logs/*/[!b]*.jsonl"
    storage = f"--storage.path={tmp_path}/state\udcfe"
    with exporter(tmp_path, typed, pattern, storage) as (program, url):
        first = totals(scraped(url, len(NAMES)))
        page, state = get(f"{url}/"), get(f"{url}/api/v1/state")
        assert program.stop() == 0
        program.log.read_bytes().decode()
    for number, file in enumerate(files):
        with file.open("a") as log:
            log.write(line("native", 100 + number, "x", "1"))
    with exporter(tmp_path, typed, pattern, storage) as (_, url):
        second = scraped(url, 2 * len(NAMES))
        assert "no differences in 16 records" in reconciled(url, *paths)
    once = command("once", *paths)

    assert sum(accepted(first)) == len(NAMES)
    assert sum(accepted(second.split("\n"))) == 2 * len(NAMES)
    assert page[0] == state[0] == 200
    assert "/dir\\xfe/bad\\xff.jsonl" in page[1]
    assert len(json.loads(state[1])["positions"]) == len(NAMES)
    assert any("dir\\\\xfe/bad\\\\xff.jsonl" in row for row in first)
    assert (once.returncode, once.stderr) == (0, b"")
    assert sum(accepted(once.stdout.decode().split("\n"))) == 2 * len(NAMES)


def test_any_request(tmp_path: Path) -> None:
    """HTTP requests with any bytes get an answer, never an error of the server."""
    log = tmp_path / "a.jsonl"
    log.write_text(line("native", 1, "x", "1"))
    paths = (
        "/metrics",
        "/metrics?scraper=%ff%00%ed%a0%80",
        f"/metrics?scraper={'9' * 5000}",
        "/api/v1/compensations?model=%ed%a0%80&type=%00&api_key=%ff",
        f"/api/v1/compensations?from={'9' * 30}",
        f"/api/v1/compensations?to={'9' * 5000}",
        "/api/v1/compensations?from=1e9999999999999999999999",
        f"/api/v1/compensations?limit={'9' * 5000}",
        "/api/v1/compensations?%ff=%ff",
    )
    with exporter(tmp_path, str(log)) as (program, url):
        scraped(url, 1)
        codes = []
        for path in paths:
            head = f"GET {path} HTTP/1.0\r\nX-Prometheus-Scrape-Timeout-Seconds: 1\r\n"
            with socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1]))) as client:
                client.sendall(head.encode() + b"User-Agent: bad\xff\xed\xa0\x80\r\n\r\n")
                codes.append(int(client.makefile("rb").read().split(b" ")[1]))
        assert program.stop() == 0
        told = program.log.read_text()

    assert codes == [200, 200, 200, 200, 400, 400, 400, 400, 400]
    assert "level=error" not in told
    assert "Traceback" not in told


ODD = (
    "\udcff",
    "a\nb",
    "9" * 5000,
    "1e999999999999999999999",
    "\x1b[0m",
    "é",
    " ",
    "\ue000",
    "\x1f",
)


@pytest.mark.parametrize("flag", [flag for flag in FLAGS if not flag.switch], ids=lambda f: f.name)
def test_any_option(flag: Flag) -> None:
    """Any text in a flag or its environment variable is accepted or a usage error."""
    command, codes = flag.only[0] if flag.only else "run", set()
    files = ["a.jsonl"] if COMMANDS[command].files else []
    for value in (*ODD, *(f"job={value}" for value in ODD)):
        given_values: tuple[tuple[list[str], dict[str, str]], ...] = (
            ([command, f"--{flag.name}={value}", *files], {}),
            ([command, *files], {flag.variable: value}),
        )
        for arguments, environment in given_values:
            try:
                options = parse(arguments, environment)
            except SystemExit as end:
                codes.add(end.code)
            else:
                "".join((options.labels or {}).values()).encode()
    assert codes <= {2}


@pytest.mark.parametrize(
    "text", [r'"\ud800"', r'"\x00"', r'"\u2028"', r'"\x1f"', r'"\udcff"', "9" * 4301]
)
def test_any_setting(tmp_path: Path, text: str) -> None:
    """Any text in a configuration is accepted or reported as a ConfigError."""
    places = (
        "keys: {{{0}: {{name: {0}}}}}",
        "sources: [{{name: {0}, type: file, path: {0}, mapping: {{model: {0}, timestamp: {0}}}}}]",
        "labels: {{model: {{limit: {0}, display: {{{0}: {0}}}, allow: [{0}]}}}}",
        "storage: {{path: {0}, id_window: {0}}}",
        "{0}: {0}",
        "buckets: {{duration: [{0}]}}",
    )
    file = tmp_path / "exporter.yml"
    options = Options("check", tmp_path)
    for place in places:
        file.write_text(place.format(text) + "\n")
        try:
            load(file, options)
        except ConfigError as error:
            str(error).encode()
