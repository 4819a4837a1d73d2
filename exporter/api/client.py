"""The client of ZenMux's API."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import aiohttp
from multidict import CIMultiDictProxy

from .. import __version__
from ..secret import SecretError, SecretPlace
from ..values.masking import masked
from .address import proxy_for
from .errors import RETRIED, ApiError, ErrorKind
from .health import ApiHealth
from .responses import Json, decoded, failure, limited, unwrapped

T = TypeVar("T")

MOST_BYTES = 1 << 20
_PART_BYTES = 1 << 16
_SHOWN = 240


@dataclass(frozen=True, slots=True)
class Limits:
    """The client's timeout, retries and size limit; times are in seconds.

    After a failure it waits up to `delay`, and twice as long after each further one. Rate limits
    count requests per minute, so after one it waits for `limited_delay` at least.
    """

    timeout: float = 30.0
    attempts: int = 3
    delay: float = 2.0
    limited_delay: float = 60.0
    most_delay: float = 120.0
    most_bytes: int = MOST_BYTES


class ApiClient:
    """A client that authenticates with the key, retries, and counts failures.

    The key is sent to the base address only: redirects are failures. It is read again for each
    request, so a changed key needs no restart.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        key: SecretPlace,
        health: ApiHealth,
        limits: Limits | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """`session` must neither read the environment nor keep cookies."""
        self._session = session
        self._base = base_url.rstrip("/") + "/"
        self._key = key
        self._health = health
        self._limits = limits or Limits()
        self._sleep = sleep

    async def get(
        self, endpoint: str, path: str, query: Mapping[str, str], read: Callable[[Json], T]
    ) -> T:
        """Return `read` of an answer's data; raises the `ApiError` of the last attempt.

        `endpoint` is the name under which failures are counted. `read` may raise `ApiError`, too.
        """
        limits = self._limits
        for attempt in range(limits.attempts):
            try:
                return await self._attempt(path, query, read)
            except ApiError as error:
                self._health.failed(endpoint, error)
                if error.kind not in RETRIED or attempt + 1 == limits.attempts:
                    raise
                await self._sleep(self._delay(error, attempt))
        raise AssertionError("there is at least one attempt")

    def _delay(self, error: ApiError, attempt: int) -> float:
        limits = self._limits
        # Jitter, so that exporters that failed together do not retry together.
        spread = random.uniform(0.5, 1.0)  # noqa: S311  # no secret
        delay: float = spread * limits.delay * (1 << attempt)
        if error.kind is ErrorKind.RATE_LIMITED:
            delay += limits.limited_delay
        return min(max(delay, error.wait), limits.most_delay)

    async def _attempt(self, path: str, query: Mapping[str, str], read: Callable[[Json], T]) -> T:
        try:
            key = self._key.read().decode("ascii")
        except SecretError as error:
            raise ApiError(ErrorKind.KEY, str(error)) from None
        try:
            return read(await self._ask(key, path, query))
        except ApiError as error:
            raise ApiError(error.kind, masked(str(error))[:_SHOWN], error.wait) from None
        # The texts of these errors are dropped, since they may contain what was sent.
        except TimeoutError:
            limit = f"{self._limits.timeout:g} s"
            raise ApiError(ErrorKind.TIMEOUT, f"no answer within {limit}") from None
        except aiohttp.ClientPayloadError:
            raise ApiError(ErrorKind.MALFORMED, "the answer was cut off") from None
        # UnicodeError: the host of the base address or of the proxy is not a valid name.
        except (aiohttp.ClientError, OSError, UnicodeError) as error:
            name = type(error).__name__
            raise ApiError(ErrorKind.CONNECTION, f"cannot be reached: {name}") from None

    async def _ask(self, key: str, path: str, query: Mapping[str, str]) -> Json:
        url = self._base + path
        headers = {
            "Authorization": f"Bearer {key}",
            "Accept": "application/json",
            "User-Agent": f"zenmux-exporter/{__version__}",
        }
        async with self._session.get(
            url,
            params=query,
            headers=headers,
            allow_redirects=False,
            proxy=proxy_for(url),
            timeout=aiohttp.ClientTimeout(total=self._limits.timeout),
        ) as response:
            parts = response.content.iter_chunked(_PART_BYTES)
            body = await limited(parts, self._limits.most_bytes)
            if response.status != 200:
                raise failure(response.status, body, key, _asked_wait(response.headers))
            return unwrapped(decoded(body, key))


def _asked_wait(headers: CIMultiDictProxy[str]) -> float:
    """Return the seconds of `Retry-After`; 0 if there is none, or if it is a date."""
    text = headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0.0
