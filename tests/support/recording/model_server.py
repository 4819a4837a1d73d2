"""A local server that speaks ZenMux's protocols, and remembers its answers.

The requested model decides how it answers: `…/limited` is refused, `…/cut` ends its stream early,
`…/failing` reports an error within it, `…/stepwise` waits for the test between two events,
`…/gzip`, `…/deflate` and `…/br` are encoded.
"""

import gzip
import itertools
import json
import re
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import brotli  # type: ignore[import-untyped]

from . import answers

ERROR = {"error": {"code": "429", "type": "rate_limit", "message": answers.SECRET_ANSWER}}
_CUT_AFTER = 3
_WAIT = 10.0

Body = Callable[[str, str], dict[str, Any]]
Events = Callable[[str, str], Iterator[bytes]]
_PROTOCOLS: tuple[tuple[str, str, Body, Events], ...] = (
    ("/chat/completions", "chatcmpl-", answers.chat, answers.chat_events),
    ("/responses", "resp_", answers.response, answers.response_events),
    ("/messages", "msg_", answers.message, answers.message_events),
    (":generateContent", "gem_", answers.gemini, answers.gemini_events),
    (":streamGenerateContent", "gem_", answers.gemini, answers.gemini_events),
)
_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
}


class ModelServer(ThreadingHTTPServer):
    """The server. `ids`: of the answers it gave; `step`: released by a test for each event."""

    daemon_threads = True

    def __init__(self) -> None:
        """Listen on a free port."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.ids: list[str] = []
        self.requests: list[dict[str, str]] = []
        self.step = threading.Semaphore(0)
        self.numbers = itertools.count(1)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that disconnect."""


class _Handler(BaseHTTPRequestHandler):
    server: ModelServer
    protocol_version = "HTTP/1.1"
    # Events are small, and must be sent at once.
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        """Log nothing."""

    def do_GET(self) -> None:
        """Answer a request that is not to a model."""
        self._send(200, {"object": "list", "data": []})

    def do_POST(self) -> None:
        """Answer a request to a model."""
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(dict(self.headers))
        path = self.path.partition("?")[0]
        in_path = re.search(r"/publishers/([^/]+)/models/([^:]+):", path)
        model = "/".join(in_path.groups()) if in_path else given["model"]
        for ending, prefix, body, events in _PROTOCOLS:
            if path.endswith(ending):
                identity = f"{prefix}{next(self.server.numbers)}"
                if model.endswith("/limited"):
                    self._send(429, ERROR)
                elif given.get("stream") or "stream" in ending:
                    self._stream(model, self._asked(given, events)(identity, model))
                else:
                    self._send(200, body(identity, model), model.rpartition("/")[2])
                self.server.ids.append(identity)

    def _asked(self, given: dict[str, Any], events: Events) -> Events:
        """Return the events; Chat Completions have usage only if the client asks for it."""
        if events is answers.chat_events:
            usage = bool((given.get("stream_options") or {}).get("include_usage"))
            return lambda identity, model: answers.chat_events(identity, model, usage=usage)
        return events

    def _send(self, status: int, value: dict[str, Any], name: str = "") -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        if name in _ENCODERS:
            data = _ENCODERS[name](data)
            self.send_header("Content-Encoding", name)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-ZenMux-RequestId", "req-1")
        self.send_header("Content-Length", str(len(data)))
        # Keep the SDKs from retrying.
        self.send_header("X-Should-Retry", "false")
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, model: str, events: Iterable[bytes]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        encoder = zlib.compressobj(wbits=31) if model.endswith("/gzip") else None
        if encoder is not None:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        for number, event in enumerate(events):
            if model.endswith("/cut") and number == _CUT_AFTER:
                self.close_connection = True
                return
            if model.endswith("/failing") and number == _CUT_AFTER:
                self._chunk(b"event: error\ndata: " + json.dumps(ERROR).encode() + b"\n\n")
                break
            if model.endswith("/stepwise"):
                assert self.server.step.acquire(timeout=_WAIT)
            if encoder is not None:
                event = encoder.compress(event) + encoder.flush(zlib.Z_SYNC_FLUSH)  # noqa: PLW2901
            self._chunk(event)
        if encoder is not None:
            self._chunk(encoder.flush())
        self._chunk(b"")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
