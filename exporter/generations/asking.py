"""Ask ZenMux's API for open ids, and hand in what it answers."""

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
# A bill comes three to five minutes after the answer, and an id may come before it is known.
_PATIENCE = 900.0
_ASK_AGAIN = 60.0
# An id that so often failed between answers for others fails by itself.
_MOST_FAILURES = 60
_POLL = 0.5
_BREATH = 2.0
# An id that failed is asked for again later: meanwhile others have their turn.
LIMITS = Limits(attempts=1)
# After these no id will be answered for a while: how long nothing is asked, in seconds.
# A key that can't be read is not sent, so looking for it costs nothing.
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
    """Asks for the open ids of one source."""

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
        """`hand_in` stores a record, and may raise OSError. `flags`: what is counted of an id.

        `is_held`: whether nothing is to be asked for now; while it is not, `flags` can be used.
        """
        self._source = source
        self._ids = ids
        self._health = health
        self._hand_in = hand_in
        self._flags = flags
        self._is_held = is_held
        self._clock = clock
        self._still_until = 0.0
        self._found: list[OpenId] = []  # counted, and maybe not durable yet
        health.expect(ENDPOINT)

    async def ask(self, client: ApiClient) -> float:
        """Ask for all ids that are due; return how long to pause, in seconds."""
        while not self._is_held() and self._still_until <= self._clock():
            one = self._ids.due(self._clock())
            if one is None:
                return _POLL
            # What an earlier process has counted, or another source.
            if is_counted(one.wanted, self._flags(one.wanted.id)):
                self._found.append(one)
            elif not await self._ask(client, one):
                return _BREATH
        return _BREATH

    async def settle(self, committed: Callable[[], Awaitable[bool]]) -> None:
        """Have ids done that were found to be counted, once that is durable."""
        found, self._found = self._found, []
        is_durable = await committed() if found else True
        for one in found:
            # Meanwhile a line may have told more of it.
            if is_durable and is_counted(one.wanted, self._flags(one.wanted.id)):
                self._ids.done(one, "resolved")
            else:
                self._ids.ask_at(one, self._clock())

    async def _ask(self, client: ApiClient, one: OpenId) -> bool:
        """Ask for an id; return False if it is no use to ask for the next at once."""
        asked, one.asked = one.asked, self._clock()
        try:
            answer = await client.get(ENDPOINT, _PATH, {"id": one.wanted.id}, _generation)
        except ApiError as error:
            # Only of this kind is it certain that another id may be answered.
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
            # Of a request of days ago the bill would be there.
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
        """Ask again later; give up with a result, if there is one, when it took too long."""
        if not result or self._clock() - one.since < _PATIENCE:
            self._ids.ask_at(one, self._clock() + _ASK_AGAIN)
            return
        log.warning(
            "a generation id is given up", source=self._source, reason=result, id=one.wanted.id
        )
        self._ids.done(one, result)


def _generation(data: Json) -> Json:
    """Return an answer that is a record; raises `ApiError` if it is none."""
    if not any(data.get(name) is not None for name in ("model", "modelSlug")):
        raise ApiError(ErrorKind.UNEXPECTED, "the answer has no model")
    return data
