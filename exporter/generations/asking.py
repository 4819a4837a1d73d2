"""Request open ids from ZenMux's API and store its answers."""

import time
from collections.abc import Awaitable, Callable

from ..api.client import ApiClient, Limits
from ..api.errors import ApiError, ErrorKind
from ..api.health import ApiHealth
from ..api.responses import Json
from ..logs import get
from .open_ids import OpenId, OpenIds
from .wanted import completed, is_counted, parsed

ENDPOINT = "generation"
_PATH = "management/generation"
# A bill follows three to five minutes after the answer, and ZenMux may not know a new id yet.
_PATIENCE = 900.0
_ASK_AGAIN = 60.0
# An id that failed this often while others were answered is itself at fault.
_MOST_FAILURES = 60
_POLL = 0.5
_PAUSE = 2.0
# A failed id is not retried at once but requested again later, so that others have their turn.
LIMITS = Limits(attempts=1)
# Seconds without requests after an error that would affect every id.
# The pause for an unreadable key is short: no request is sent until the key can be read.
_STANDSTILL = {ErrorKind.KEY: 5.0} | dict.fromkeys(
    (
        ErrorKind.UNAUTHORIZED,
        ErrorKind.FORBIDDEN,
        ErrorKind.REDIRECT,
        ErrorKind.RATE_LIMITED,
    ),
    60.0,
)

log = get(__name__)


class Asking:
    """Requests for the open ids of one source."""

    def __init__(
        self,
        source: str,
        ids: OpenIds,
        health: ApiHealth,
        *,
        hand_in: Callable[[bytes], Awaitable[None]],
        flags: Callable[[str], int],
        is_held: Callable[[], bool],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`hand_in` stores a record and may raise OSError. `flags`: what is counted of an id.

        `is_held`: whether requests are suspended; `flags` can be used only while they are not.
        """
        self._source = source
        self._ids = ids
        self._health = health
        self._hand_in = hand_in
        self._flags = flags
        self._is_held = is_held
        self._clock = clock
        self._still_until = 0.0
        self._found: list[OpenId] = []  # counted, but perhaps not durable yet
        health.expect(ENDPOINT)

    async def ask(self, client: ApiClient) -> float:
        """Request all ids that are due; return how long to pause, in seconds."""
        while not self._is_held() and self._still_until <= self._clock():
            one = self._ids.due(self._clock())
            if one is None:
                return _POLL
            # Counted by an earlier process or another source.
            if is_counted(one.wanted, self._flags(one.wanted.id)):
                self._found.append(one)
            elif not await self._ask(client, one):
                return _PAUSE
        return _PAUSE

    async def settle(self, committed: Callable[[], Awaitable[bool]]) -> None:
        """Close ids that were found to be counted, once that is durable."""
        found, self._found = self._found, []
        is_durable = await committed() if found else True
        for one in found:
            # A line may have added to it in the meantime.
            if is_durable and is_counted(one.wanted, self._flags(one.wanted.id)):
                self._ids.done(one, "resolved")
            else:
                self._ids.ask_at(one, self._clock())

    async def _ask(self, client: ApiClient, one: OpenId) -> bool:
        """Request an id; return False if the next one should not be requested at once."""
        asked, one.asked = one.asked, self._clock()
        try:
            answer = await client.get(ENDPOINT, _PATH, {"id": one.wanted.id}, _generation)
        except ApiError as error:
            # Only this kind of error is certain not to affect other ids.
            if error.kind is ErrorKind.REFUSED:
                self._wait(one, "not_found")
                return True
            self._failed(one, asked, error)
            return False
        self._health.succeeded(ENDPOINT, self._clock())
        one.failures = 0
        try:
            await self._take(one, answer)
        except OSError:
            self._ids.ask_at(one, self._clock())
            return False
        return True

    async def _take(self, one: OpenId, answer: Json) -> None:
        record = completed(answer, one.wanted)
        found = parsed(record)
        is_billed = found is not None and found.bill is not None
        if is_billed or not one.is_known:
            await self._hand_in(record)
            one.is_known = True
        if is_billed:
            self._ids.done(one, "resolved")
            return
        if found is not None and found.time_ms is not None:
            # A request from days ago would have its bill by now.
            one.since = min(one.since, found.time_ms / 1000)
        self._wait(one, "unbilled")

    def _failed(self, one: OpenId, asked: float, error: ApiError) -> None:
        self._health.gave_up(ENDPOINT, error)
        still = max(_STANDSTILL.get(error.kind, 0.0), min(error.wait, LIMITS.most_delay))
        self._still_until = max(self._still_until, self._clock() + still if still else 0.0)
        if error.kind is ErrorKind.KEY:
            self._ids.ask_at(one, self._still_until)
            return
        if not still and 0 < asked < self._health.successes[ENDPOINT]:
            one.failures += 1
        self._wait(one, "failed" if one.failures >= _MOST_FAILURES else "")

    def _wait(self, one: OpenId, result: str) -> None:
        """Request again later; with a result, give up once it has taken too long."""
        if not result or self._clock() - one.since < _PATIENCE:
            self._ids.ask_at(one, self._clock() + _ASK_AGAIN)
            return
        log.warning(
            "giving up on a generation id", source=self._source, reason=result, id=one.wanted.id
        )
        self._ids.done(one, result)


def _generation(data: Json) -> Json:
    """Return an answer unchanged; raise `ApiError` if it is not a record."""
    if not any(data.get(name) is not None for name in ("model", "modelSlug")):
        raise ApiError(ErrorKind.UNEXPECTED, "the answer has no model")
    return data
