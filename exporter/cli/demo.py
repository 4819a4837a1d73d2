"""The command `demo`: the exporter reads a generated log; its storage is temporary."""

import asyncio
import dataclasses
import tempfile
import time
from pathlib import Path

from ..app import serve
from ..config import Account, Config, Key, Source
from ..demo import (
    API_KEYS,
    KEYS,
    DemoAccount,
    Incident,
    Job,
    LogWriter,
    Scenario,
    Traffic,
    account_server,
)
from ..secret import API_KEY, SecretPlace

_SEED = 1
_WRITE_SECONDS = 0.25
_POLL_SECONDS = 15
# The log starts this long ago, so that every family has series at the first scrape.
_HEAD_START_MS = 30_000
# Requests per second: enough to make panels move, too few to dwarf the history's lower rate.
_RATE = 2.0
# A provider fails for ten minutes of every hour, from the first minute on, so that alerts fire.
_HOURS = 24 * 7
_FAILING = ("anthropic", "openai", "google-vertex")
_INCIDENTS = tuple(
    Incident(hour * 3600 + 60, hour * 3600 + 660, _FAILING[hour % len(_FAILING)], failing=0.7)
    for hour in range(_HOURS)
)
# Chance alone left the panels of web searches, unknown values and payouts empty for minutes.
_RESEARCH = next(key for key in API_KEYS if key.name == "demo-agent-research")
_JOBS = (Job(15, _RESEARCH, "anthropic/claude-sonnet-4.5", "pause_turn", paid=0.4),)


def run_demo(config: Config) -> None:
    """Serve the demo until SIGTERM or SIGINT."""
    with tempfile.TemporaryDirectory(prefix="zenmux-demo-") as name:
        directory = Path(name)
        log = directory / "demo.jsonl"
        now_ms = int(time.time() * 1000)
        account = DemoAccount(now_ms - _HEAD_START_MS)
        traffic = Traffic(
            _SEED, now_ms - _HEAD_START_MS, _RATE, Scenario(_INCIDENTS, _JOBS), account=account
        )
        writer = LogWriter(log, traffic)
        writer.write_due(now_ms)
        asyncio.run(_serve(_demo_config(config, directory, log), account, writer, directory))


async def _serve(config: Config, account: DemoAccount, writer: LogWriter, directory: Path) -> None:
    """Serve the demo; its account is polled like a real one, from a local server."""
    key = directory / "management.key"
    key.write_text(account_server.KEY)
    async with account_server.serving(account) as url:
        settings = Account(SecretPlace(API_KEY, key), base_url=url, interval=_POLL_SECONDS)
        config = dataclasses.replace(config, account=settings)
        await serve(config, demo=True, background=write(writer))


def _demo_config(config: Config, directory: Path, log: Path) -> Config:
    return dataclasses.replace(
        config,
        sources=(Source(name="demo", type="file", path=str(log)),),
        keys={identity: Key(name, plan) for identity, (name, plan) in KEYS.items()},
        storage=dataclasses.replace(config.storage, path=directory / "state"),
    )


async def write(writer: LogWriter) -> None:
    """Append the lines that are due, until cancelled."""
    while True:
        writer.write_due(int(time.time() * 1000))
        await asyncio.sleep(_WRITE_SECONDS)
