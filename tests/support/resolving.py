"""Run a resolver of generation ids step by step."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp

from exporter.api.client import ApiClient
from exporter.api.health import ApiHealth
from exporter.config import Account, Source
from exporter.generations import Resolver
from exporter.generations.asking import LIMITS
from exporter.secret import API_KEY, SecretPlace
from zenmux_server import PAYG_KEY, ZenMuxServer

MINUTE = 60.0


class Counted:
    """The counted state of ids, set by the test."""

    def __init__(self) -> None:
        """Start with no id counted."""
        self.known: dict[str, int] = {}
        self.is_durable = asyncio.Event()
        self.is_durable.set()
        self.is_lost = False
        self.is_awaited = asyncio.Event()

    async def restored(self) -> None:
        """Return at once."""

    def flags(self, identity: str) -> int:
        """Return the flags of an id."""
        return self.known.get(identity, 0)

    async def committed(self) -> bool:
        """Wait until the test sets whether the records are durable or lost."""
        self.is_awaited.set()
        await self.is_durable.wait()
        return not self.is_lost


class Resolving:
    """A resolver whose time the test sets."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        server: ZenMuxServer,
        folder: Path,
        *,
        has_file: bool = True,
    ) -> None:
        """Start, or continue after a restart; `has_file`: ids are read from a file."""
        self.counted = Counted()
        self.is_behind = False
        self.now = 1_774_504_800.0  # the time of the request in the published example
        self.ids = folder / "ids.log"
        self.answers = folder / "state" / "answers.jsonl"
        (folder / "key").write_text(PAYG_KEY)
        place = SecretPlace(API_KEY, folder / "key")
        path = str(self.ids) if has_file else None
        source = Source("ids", "generation_ids", path, answers=str(self.answers))
        self.health = health = ApiHealth()
        settings = Account(place, server.url)
        self.resolver = Resolver(
            source,
            settings,
            health,
            1 << 20,
            self.counted,
            lambda: self.now,
            lambda: self.is_behind,
        )
        self.client = ApiClient(session, server.url, place, health, LIMITS)

    async def step(self, after: float = 0) -> list[dict[str, Any]]:
        """Run the resolver again after some seconds; return all records delivered so far."""
        self.now += after
        await self.resolver.read()
        await self.resolver.ask(self.client)
        await self.resolver.read()
        return [json.loads(line) for line in self.answers.read_text().splitlines()]

    @property
    def results(self) -> dict[str, int]:
        """Return the numbers of completed ids by result, and of open ids."""
        samples = list(self.resolver.samples())
        return {one.labels[-1]: one.value for one in samples if one.value}
