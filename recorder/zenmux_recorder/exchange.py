"""One request to a model: measure its times, read its answer, and write its native line."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

from .bodies import BoundedBuffer
from .encodings import Decode, decoder_of
from .endpoints import model_of
from .events import EventReader
from .failures import is_cancellation, type_of
from .protocols import PENDING, Facts, word
from .troubles import Troubles, guarded

if TYPE_CHECKING:
    from .libraries import AnyRequest

UNKNOWN: Final = "unknown"
_FIRST_ERROR_STATUS: Final = 400
_FIRST_REDIRECT: Final = 300
# Protocols whose streams have an end marker.
_HAVE_AN_END: Final = frozenset(
    {"chat.completions", "completions", "responses", "messages", "generateContent"}
)


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks in use: Unix time, and a monotonic clock."""

    time: Callable[[], float]
    monotonic: Callable[[], float]


class Exchange:
    """A request in progress. Its methods never raise; values that can't be measured are omitted."""

    def __init__(
        self,
        request: "AnyRequest",
        api: str,
        troubles: Troubles,
        clocks: Clocks,
        on_end: Callable[["Exchange"], None],
    ) -> None:
        """Start the clock. `on_end` is called with the exchange when it ends."""
        self.troubles = troubles
        self.api = api
        self.facts = Facts()
        self._request = request
        self._clocks = clocks
        self._on_end = on_end
        self._began_at = clocks.time()
        self._began = clocks.monotonic()
        self._last = self._began
        self._first_output: float | None = None
        self._pending: bytes | None = None
        self._decode: Decode | None = None
        self._events: EventReader | None = None
        self._body = BoundedBuffer()
        self._http_status = 0
        self._request_id: str | None = None
        self._is_cancelled = False
        self._is_done = False

    @guarded
    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """Process the status and headers of the answer."""
        self._http_status = status
        self._last = self._clocks.monotonic()
        self._request_id = word(headers.get("x-zenmux-requestid"))
        self._decode = decoder_of(headers.get("content-encoding", ""))
        if self._decode is None:
            self.troubles.warn_once(
                "encoding",
                "usage can't be read from answers in an unsupported encoding",
            )
        if headers.get("content-type", "").startswith("text/event-stream"):
            self._events = EventReader()

    @guarded
    def read_already(self, content: bytes) -> None:
        """Process an answer that was already read and decoded."""
        self._decode = decoder_of("")
        self.arrived(content)
        self.end()

    @guarded
    def arrived(self, chunk: bytes) -> None:
        """Record the arrival time of a chunk; `digest` parses it after it was passed on."""
        self.digest()
        self._last = self._clocks.monotonic()
        self._pending = chunk

    @guarded
    def digest(self) -> None:
        """Parse the chunk that was passed on."""
        chunk, self._pending = self._pending, None
        # If this raises, the rest of the answer is not parsed.
        decode, self._decode = self._decode, None
        if chunk is None or decode is None:
            self._decode = decode
            return
        for piece in decode(chunk):
            if self._events is None:
                self._body.append(piece)
            else:
                self._read(self._events.feed(piece))
        self._decode = decode

    def _read(self, values: list[Any]) -> None:
        for value in values:
            if self.facts.read(self.api, value) and self._first_output is None:
                self._first_output = self._last

    @guarded
    def end(self) -> None:
        """Process the end of the answer."""
        self._finish()

    @guarded
    def abandon(self) -> None:
        """Process that the client closed the answer, perhaps before its end."""
        self._finish(lambda: not self.facts.is_over)

    @guarded
    def fail(self, error: BaseException) -> None:
        """Process an exception of the request, or of reading its answer."""
        if self._is_done:
            return
        if is_cancellation(error):
            self._finish(lambda: True)
            return
        self._last = self._clocks.monotonic()
        self.facts.failed = True
        self.facts.error_type = type_of(error)
        self._finish()

    def _finish(self, is_cancelled: Callable[[], bool] = lambda: False) -> None:
        if self._is_done:
            return
        self._is_done = True
        self.digest()
        if self._events is not None:
            self._read(self._events.end())
        elif len(self._body):
            self.facts.read(self.api, self._body.parse())
        self._is_cancelled = is_cancelled() and self._http_status < _FIRST_ERROR_STATUS
        self._check_end()
        if not _FIRST_REDIRECT <= self._http_status < _FIRST_ERROR_STATUS:
            self._on_end(self)

    def _check_end(self) -> None:
        """Mark a stream that ended early as failed."""
        facts = self.facts
        if self._events is None or facts.is_over or self._is_cancelled or facts.failed:
            return
        if self.api in _HAVE_AN_END and self._decode is not None and self._http_status:
            facts.failed = True
            facts.error_type = "stream_ended_early"

    @property
    def has_usage(self) -> bool:
        """Return False if the request succeeded, but its answer had no usage."""
        return bool(self.facts.usage) or self._outcome() != "success"

    def line(self, labels: Mapping[str, str]) -> bytes:
        """Return the native line. `labels`: fields that all lines share."""
        facts = self.facts
        fields = {
            "id": facts.id or f"recorder-{uuid.uuid4().hex}",
            "timestamp": _timestamp(self._began_at),
            "model": self._model() or UNKNOWN,
            "provider": facts.provider,
            **labels,
            "api": self.api,
            "usage": facts.usage or None,
            **self._times(),
            "streamed": self._events is not None if self._http_status else None,
            "finish_reason": facts.finish_reason,
            "status": self._outcome(),
            "error_type": facts.error_type,
            "request_id": self._request_id,
        }
        given = {name: value for name, value in fields.items() if value is not None}
        return json.dumps(given, separators=(",", ":")).encode() + b"\n"

    def _model(self) -> str | None:
        """Return the model: from the answer, unless only the request has a full slug."""
        answered = self.facts.model
        if answered is not None and "/" in answered:
            return answered
        asked = self._asked()
        return asked if answered is None or (asked is not None and "/" in asked) else answered

    @guarded
    def _asked(self) -> str | None:
        return model_of(self._request)

    def _outcome(self) -> str | int:
        facts = self.facts
        if self._is_cancelled or facts.status == "cancelled":
            return "cancelled"
        if self._http_status >= _FIRST_ERROR_STATUS:
            return self._http_status
        if facts.failed:
            return "error"
        return facts.status if facts.status in PENDING else "success"

    def _times(self) -> dict[str, float]:
        """Return time to first token and generation time, which add up to the duration.

        An answer that was not streamed has no first token: all its time is generation time.
        """
        total = self._last - self._began
        if self._events is None and self._outcome() == "success":
            return {"latency_ms": 0, "generation_ms": _milliseconds(total)}
        if self._first_output is None:
            return {"latency_ms": _milliseconds(total)}
        first = self._first_output - self._began
        return {
            "latency_ms": _milliseconds(first),
            "generation_ms": _milliseconds(total - first),
        }


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)


def _timestamp(at: float) -> str:
    text = datetime.fromtimestamp(at, timezone.utc).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
