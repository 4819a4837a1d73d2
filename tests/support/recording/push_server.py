"""A local server that answers pushes like the exporter, or as a test has queued."""

import json
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class PushServer(ThreadingHTTPServer):
    """The server. `answers`: status and headers of the next responses; then it accepts everything.

    `batches`: the lines of each accepted push. `seen`: the headers of every push.
    """

    daemon_threads = True

    def __init__(self, token: str) -> None:
        """Listen on a free port."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.token = token
        self.answers: deque[tuple[int, dict[str, str]]] = deque()
        self.rejected = 0
        self.batches: list[list[dict[str, Any]]] = []
        self.seen: list[dict[str, str]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}/api/v1/records"


class _Handler(BaseHTTPRequestHandler):
    server: PushServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Log nothing."""

    def do_POST(self) -> None:
        """Answer a push."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append({name.lower(): one for name, one in self.headers.items()})
        if self.headers["Authorization"] != f"Bearer {self.server.token}":
            self._send(401, {}, {})
        elif self.server.answers:
            status, headers = self.server.answers.popleft()
            self._send(status, headers, {})
        else:
            lines = [json.loads(line) for line in body.splitlines()]
            self.server.batches.append(lines)
            errors = [{"line": 1, "reason": "missing_model"}] * self.server.rejected
            answer = {"accepted": len(lines), "rejected": len(errors), "errors": errors}
            self._send(200, {}, answer)

    def _send(self, status: int, headers: dict[str, str], answer: dict[str, Any]) -> None:
        data = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
