"""Poll the account's endpoints, each at its interval; keep the last answers for scrapes."""

import asyncio
import random
import time
from collections.abc import Callable, Iterable
from typing import NoReturn

import aiohttp

from ..api.client import ApiClient
from ..api.errors import ApiError
from ..api.health import ApiHealth
from ..config import Account, Config
from ..metrics.text_format import Format
from .endpoints import Endpoint, endpoints
from .exposition import exposition
from .fields import Sample


class AccountPoller:
    """The last answer of each endpoint of ZenMux's API."""

    def __init__(
        self, config: Config, settings: Account, clock: Callable[[], float] = time.time
    ) -> None:
        """`clock` returns Unix seconds."""
        self._settings = settings
        self._clock = clock
        self._endpoints = endpoints(config, settings)
        self._answers: dict[str, tuple[Sample, ...]] = {}
        self._more: list[Callable[[], Iterable[Sample]]] = []
        self.health = ApiHealth()
        for endpoint in self._endpoints:
            self.health.expect(endpoint.name)

    async def run(self) -> None:
        """Poll until cancelled."""
        # No cookies, and nothing from the environment: a .netrc would replace the key.
        jar = aiohttp.DummyCookieJar()
        async with aiohttp.ClientSession(cookie_jar=jar) as session:
            place = self._settings.key
            client = ApiClient(session, self._settings.base_url, place, self.health)
            async with asyncio.TaskGroup() as group:
                for endpoint in self._endpoints:
                    group.create_task(self._keep_polling(client, endpoint))

    async def poll(self, client: ApiClient, endpoint: Endpoint) -> None:
        """Request once; after a failure the last answer is kept until it is too old."""
        name, query = endpoint.name, endpoint.query(self._clock())
        try:
            samples = await client.get(name, endpoint.path, query, endpoint.samples)
        except ApiError as error:
            self.health.gave_up(name, error)
        else:
            self._answers[name] = samples
            self.health.succeeded(name, self._clock())

    async def poll_all(self, client: ApiClient) -> None:
        """Request every endpoint once, one after the other."""
        for endpoint in self._endpoints:
            await self.poll(client, endpoint)

    def show(self, samples: Callable[[], Iterable[Sample]]) -> None:
        """Add the samples that a function returns at each scrape."""
        self._more.append(samples)

    def render(self, form: Format) -> str:
        """Return the exposition of the answers that are not too old, and of the API's health."""
        now, successes = self._clock(), self.health.successes
        fresh = [
            sample
            for endpoint in self._endpoints
            if now - successes[endpoint.name] <= endpoint.kept
            for sample in self._answers.get(endpoint.name, ())
        ]
        more = [sample for samples in self._more for sample in samples()]
        return exposition([*fresh, *more], self.health, form)

    async def _keep_polling(self, client: ApiClient, endpoint: Endpoint) -> NoReturn:
        while True:
            await self.poll(client, endpoint)
            # Jitter, so that many exporters do not poll at the same moment.
            await asyncio.sleep(endpoint.interval * random.uniform(0.9, 1.1))  # noqa: S311
