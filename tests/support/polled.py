"""A poller of the account whose time the test sets."""

from pathlib import Path

import aiohttp

from exporter.account import AccountPoller
from exporter.api.client import ApiClient, Limits
from exporter.config import Account, Config, LabelRule, Storage
from exporter.config.model import default_labels
from exporter.metrics.text_format import Format
from exporter.secret import API_KEY, SecretPlace
from zenmux_server import MANAGEMENT_KEY, ZenMuxServer

# 2026-11-26T12:00:00Z
NOON = 1_795_694_400.0


class Polled:
    """A poller whose time the test sets."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        server: ZenMuxServer,
        folder: Path,
        **labels: LabelRule,
    ) -> None:
        """Start at noon."""
        self.now = NOON
        self.place = SecretPlace(API_KEY, folder / "key")
        (folder / "key").write_text(MANAGEMENT_KEY)
        settings = Account(self.place, base_url=server.url)
        config = Config(Storage(folder), labels={**default_labels(), **labels})
        self.poller = AccountPoller(config, settings, lambda: self.now)
        limits = Limits(attempts=1)
        self.client = ApiClient(session, server.url, self.place, self.poller.health, limits)

    async def poll(self) -> list[str]:
        """Poll all endpoints; return the samples, without failure counters at 0."""
        await self.poller.poll_all(self.client)
        return self.samples()

    def samples(self, form: Format = Format.TEXT) -> list[str]:
        """Return the samples of a scrape, without failure counters at 0."""
        lines = self.poller.render(form).splitlines()
        return [
            line
            for line in lines
            if line[0] != "#" and not ("api_errors_total" in line and line.endswith(" 0"))
        ]

    def values(self, name: str) -> dict[str, str]:
        """Return the values of a metric by labels."""
        found = (line.rpartition(" ") for line in self.samples())
        return {
            series.removeprefix(name).strip("{}"): value
            for series, _, value in found
            if series.partition("{")[0] == name
        }
