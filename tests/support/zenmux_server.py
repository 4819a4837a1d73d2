"""A local server with ZenMux's management endpoints, as its documentation describes them.

It answers with the published examples until a test changes them. Tests queue faults beforehand.
"""

import copy
import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from places import DATA

MANAGEMENT_KEY = "sk-mg-v1-0123456789abcdef"
PAYG_KEY = "sk-ai-v1-0123456789abcdef"
SUBSCRIPTION_KEY = "sk-ss-v1-0123456789abcdef"
_PREFIX = "/api/v1/management/"

BALANCE = {
    "currency": "usd",
    "total_credits": 482.74,
    "top_up_credits": 35.0,
    "bonus_credits": 447.74,
}
SUBSCRIPTION = {
    "plan": {
        "tier": "ultra",
        "amount_usd": 200,
        "interval": "month",
        "expires_at": "2026-04-12T08:26:56.000Z",
    },
    "currency": "usd",
    "base_usd_per_flow": 0.03283,
    "effective_usd_per_flow": 0.03283,
    "account_status": "healthy",
    "quota_5_hour": {
        "usage_percentage": 0.0715,
        "resets_at": "2026-03-24T08:35:09.000Z",
        "max_flows": 800,
        "used_flows": 57.2,
        "remaining_flows": 742.8,
        "used_value_usd": 1.88,
        "max_value_usd": 26.27,
    },
    "quota_7_day": {
        "usage_percentage": 0.0673,
        "resets_at": "2026-03-26T02:15:05.000Z",
        "max_flows": 6182,
        "used_flows": 416.11,
        "remaining_flows": 5765.89,
        "used_value_usd": 13.66,
        "max_value_usd": 202.99,
    },
    "quota_monthly": {"max_flows": 34560, "max_value_usd": 1134.33},
}
# The bill is available minutes after the answer, and never for requests with a subscription key.
BILL = ("usage", "ratingResponses")
_DATA = DATA
GENERATION: dict[str, Any] = json.loads((_DATA / "get_generation.json").read_text())
# Values by metric; labels of values are formatted like in the console.
MEDIANS = {"throughput": (152.34, "152.34"), "ttft": (420, "420ms")}


@dataclass(slots=True)
class Fault:
    """A response that the server sends instead of the normal one.

    `text`: the literal body; otherwise `body` as JSON. `cut`: bytes missing at the end. `hangs`: it
    responds only when the test is over.
    """

    status: int = 500
    body: Any = field(default_factory=dict)
    text: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = 0
    hangs: bool = False


def envelope_error(status: int, message: str) -> Fault:
    """Return an envelope that reports a failure, as seen by community clients."""
    return Fault(200, {"success": False, "statusCode": status, "message": message})


def error(status: int, kind: str, message: str) -> Fault:
    """Return a failure as in the documentation of error codes."""
    return Fault(status, {"error": {"code": str(status), "type": kind, "message": message}})


class ZenMuxServer(ThreadingHTTPServer):
    """The server. `faults`: queued responses, used in order before normal ones.

    `generations`: after how many more requests an id has its bill; None: it never has one.
    `asked`: path and query of every request. `keys`: the Authorization header of each.
    """

    daemon_threads = True

    def __init__(self) -> None:
        """Listen on a free port."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.balance: dict[str, Any] = copy.deepcopy(BALANCE)
        self.subscription: dict[str, Any] = copy.deepcopy(SUBSCRIPTION)
        self.generations: dict[str, int | None] = {}
        self.faults: deque[Fault] = deque()
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.keys: list[str] = []
        self.over = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/api/v1/"


@contextmanager
def serving() -> Iterator[ZenMuxServer]:
    """Run a server."""
    server = ZenMuxServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: ZenMuxServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Log nothing."""

    def do_GET(self) -> None:
        """Answer a request."""
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        path = parts.path.removeprefix(_PREFIX)
        self.server.asked.append((path, query))
        key = self.headers.get("Authorization", "")
        self.server.keys.append(key)
        self._send(
            self.server.faults.popleft() if self.server.faults else self._answer(path, query)
        )

    def _answer(self, path: str, query: dict[str, str]) -> Fault:
        """Return the response: all but generations require a management key."""
        if path == "generation":
            return self._generation(query["id"])
        if self.headers.get("Authorization") != f"Bearer {MANAGEMENT_KEY}":
            return error(403, "access_denied", "You have no permission to access this resource")
        answers = {
            "payg/balance": lambda: _enveloped(self.server.balance),
            "subscription/detail": lambda: _enveloped(self.server.subscription),
            "statistics/performance": lambda: _performance(query),
        }
        return answers[path]() if path in answers else error(404, "not_found", "no such endpoint")

    def _generation(self, identity: str) -> Fault:
        """Return a generation, without an envelope."""
        known = self.server.generations
        if identity not in known:
            return error(404, "not_found", f"generation {identity} not found")
        left, record = known[identity], {**GENERATION, "generationId": identity}
        if left != 0:
            record = {name: value for name, value in record.items() if name not in BILL}
        if left:
            known[identity] = left - 1
        return Fault(200, record)

    def _send(self, answer: Fault) -> None:
        if answer.hangs:
            self.server.over.wait()
            self.close_connection = True
            return
        data = json.dumps(answer.body).encode() if answer.text is None else answer.text
        self.send_response(answer.status)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(data))}
        for name, value in (headers | answer.headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data[: len(data) - answer.cut])
        self.close_connection = bool(answer.cut)


def _enveloped(data: Any) -> Fault:
    return Fault(200, {"success": True, "data": data})


def _performance(query: dict[str, str]) -> Fault:
    """Return the medians of one model; refuse a range that the documentation forbids."""
    first, last = (date.fromisoformat(query[name]) for name in ("starting_at", "ending_at"))
    if first > last or last - first > timedelta(days=30) or query["metric"] not in MEDIANS:
        return error(400, "invalid_params", "a constraint is violated")
    value, label = MEDIANS[query["metric"]]
    provider = {"provider": "alibaba", "provider_label": "Alibaba"}
    entry = {
        "rank": 1,
        "model": "qwen/qwen3-coder",
        "label": "Qwen3-Coder",
        "providers": [{**provider, "value": value, "value_label": label}],
    }
    return _enveloped({**query, "entries": [entry]})
