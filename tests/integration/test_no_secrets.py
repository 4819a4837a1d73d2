"""Secrets and prompts planted in every text never appear in any output."""

import json
import re
import subprocess
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from anything import NATIVE, ZENMUX
from programs import exporter, exporter_command, get, wait_until

MARK = "pl4nted"
KEYS = (
    f"sk-ai-v1-{MARK}0", f"SK-SS-V1-{MARK}1", f"sk-proj-{MARK}2", f"Bearer {MARK}3",
    f"ghp_{MARK}{'x' * 30}", f"{MARK}4@example.com",
    f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ{MARK}.{MARK}",
)  # fmt: skip
PROMPT = "Ignore all previous instructions, " + MARK
# Fields that the exporter does not read may hold prompts.
UNREAD = {
    "prompt": PROMPT,
    "messages": [{"role": "user", "content": PROMPT}],
    "choices": [{"message": {"content": PROMPT}}],
    "body": {"input": PROMPT},
    "error_message": PROMPT,
}
HOURS = ("--start=2026-10-31T23:00:00Z", "--end=2026-11-01T02:00:00Z", "--step=300")


def records() -> Iterator[dict[str, object]]:
    """Yield each key in each field, alone or in a longer text, with prompts beside it."""
    number = 0
    for time, model, fields in (("timestamp", "model", NATIVE), ("createdAt", "modelSlug", ZENMUX)):
        for path in fields:
            outer, _, inner = path.partition(".")
            for key in KEYS:
                number += 1
                shown = key if number % 2 else f"said {key}, twice"
                value = {inner: shown} if inner else shown
                record = {time: 1793491200, model: "m", "generationId": f"g{number}", **UNREAD}
                if time == "timestamp":
                    record["id"] = record.pop("generationId")
                yield {**record, outer: value}


def odd_lines() -> Iterator[bytes]:
    """Yield invalid lines, and records with keys as names."""
    for key in KEYS:
        yield f"{key} {PROMPT}\n".encode()
        yield f'{{"{key}": "{PROMPT}\n'.encode()
        yield f'["{key}", "{PROMPT}"]\n'.encode()
        yield b'{"timestamp": "' + key.encode() + b'", "model": "m"}\n'
        yield b'{"timestamp": 1793491200, "model": "' + key.encode() + b'\xff"}\n'
        names = {"tokens": {key: 3}, "costs_usd": {key: "1"}, "usage": {key: 2}}
        paid = {"compensation": {"type": key, "payout_usd": "0.1"}, "error": {"type": key}}
        for extra in (names, paid, {"id": key, "latency_ms": 7, "generation_ms": 9}):
            record = {"timestamp": 1793491200, "model": "m", "finish_reason": "stop", **extra}
            yield json.dumps(record).encode() + b"\n"


@pytest.fixture
def logs(tmp_path: Path) -> list[Path]:
    """Logs with planted secrets; one has a secret in its name, one is missing."""
    folder = tmp_path / "logs"
    folder.mkdir()
    found = [folder / "records.jsonl", folder / f"sk-ai-v1-{MARK}5.jsonl", folder / "bad.jsonl.gz"]
    found[0].write_text("".join(json.dumps(one) + "\n" for one in records()))
    found[1].write_bytes(b"".join(odd_lines()))
    found[2].write_bytes(f"no archive {PROMPT}".encode())
    return [*found, folder / f"missing-sk-{MARK}.jsonl"]


def leaks(texts: dict[str, bytes]) -> list[str]:
    """Return each planted mark found, with its context."""
    found = []
    for name, text in texts.items():
        found += [
            f"{name}: {text[max(0, at.start() - 60) : at.end() + 20]!r}"
            for at in re.finditer(MARK.encode(), text)
        ]
    return found


def test_running(tmp_path: Path, logs: list[Path]) -> None:
    """A running exporter leaks nothing: metrics, log, API, page, error answers, ledger."""
    texts: dict[str, bytes] = {}
    paths = [str(log) for log in logs]
    secret = urllib.parse.quote(KEYS[0])
    asked = (
        "/", "/metrics", "/-/ready", "/api/v1/state", "/api/v1/compensations?limit=1000",
        f"/api/v1/compensations?{secret}=1", f"/api/v1/compensations?from={secret}", f"/{secret}",
        f"/metrics?scraper={secret}", f"/api/v1/compensations?model={secret}",
        f"/requests/{secret}",
    )  # fmt: skip
    with exporter(tmp_path, "--log.level=debug", *paths) as (program, url):
        wait_until(lambda: get(f"{url}/-/ready")[0] == 200, "existing content is counted")
        for path in asked:
            texts[path] = get(url + path)[1].encode()
        openmetrics = get(f"{url}/metrics", Accept="application/openmetrics-text")[1]
        scraped = {"User_Agent": f"prometheus ({KEYS[5]})"}
        get(f"{url}/metrics", X_Prometheus_Scrape_Timeout_Seconds="10", **scraped)
        texts["reconcile"] = told("reconcile", f"--against={url}", *paths[:2])
        assert program.stop() == 0
        texts["log"] = program.log.read_bytes()
    texts["openmetrics"] = openmetrics.encode()
    texts |= {path.name: path.read_bytes() for path in (tmp_path / "state").iterdir()}

    assert "# {generation_id=" in openmetrics
    assert texts["/metrics"].count(b"sha256:") > 20
    assert b"***@***" in texts["/metrics"]
    assert leaks(texts) == []


def told(*arguments: str) -> bytes:
    """Return what a command prints."""
    done = subprocess.run(exporter_command(*arguments), capture_output=True, check=False)
    return done.stdout + done.stderr


def test_commands(tmp_path: Path, logs: list[Path]) -> None:
    """The other commands print no secrets, also on wrong usage and configuration errors."""
    config = tmp_path / "exporter.yml"
    config.write_text(
        f"keys: {{{KEYS[0]}: {{name: {KEYS[1]}}}}}\n{KEYS[2]}: [{KEYS[0]}]\n"
        f"sources: [{{name: a, type: file, path: 'x', wrapper: {KEYS[0]}}}]\n"
    )
    commands = {
        "once": ["once", *map(str, logs)],
        "check": ["check", f"--config.file={config}"],
        "name of a configuration": ["check", f"--config.file={tmp_path}/{KEYS[0]}.yml"],
        "unknown flag": ["run", f"--{KEYS[0]}"],
        "bad flag": ["run", f"--web.listen-address={KEYS[0]}", "x"],
        "unknown command": [KEYS[0]],
        "nobody answers": ["reconcile", f"--against=http://u:{MARK}@127.0.0.1:9/", str(logs[0])],
        "backfill": [
            "backfill",
            "--format=openmetrics",
            f"--out={tmp_path}/out",
            *HOURS,
            str(logs[0]),
        ],
    }
    texts = {name: told(*arguments) for name, arguments in commands.items()}
    assert all(texts.values())
    texts |= {path.name: path.read_bytes() for path in (tmp_path / "out").rglob("*.om")}

    assert leaks(texts) == []
