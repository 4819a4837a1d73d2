"""Run a real Alertmanager with the example configuration and record its notifications."""

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from places import ROOT
from programs import free_port, get, running, wait_until

EXAMPLE = ROOT / "prometheus" / "alertmanager.example.yml"


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification of an alert to a receiver."""

    receiver: str
    status: str
    labels: dict[str, str]
    annotations: dict[str, str]

    @property
    def name(self) -> str:
        """Return the alert's name."""
        return self.labels["alertname"]


class Receiver(http.server.ThreadingHTTPServer):
    """A webhook server that records notifications."""

    def __init__(self) -> None:
        """Listen on a free port."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.notices: list[Notice] = []


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.notices += [
            Notice(self.path.strip("/"), one["status"], one["labels"], one["annotations"])
            for one in body["alerts"]
        ]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Log nothing."""


@contextlib.contextmanager
def receiver() -> Iterator[Receiver]:
    """Run a receiver in a thread."""
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def alertmanager(folder: Path, receiver_port: int) -> Iterator[str]:
    """Run the example's Alertmanager with the receiver's port and short waits; yield its URL."""
    text = EXAMPLE.read_text().replace("127.0.0.1:9095", f"127.0.0.1:{receiver_port}")
    config = yaml.safe_load(text)
    # Still long enough to group all alerts before the first notification.
    config["route"]["routes"][1] |= {"group_wait": "2s", "group_interval": "3s"}
    path = folder / "alertmanager.yml"
    path.write_text(yaml.safe_dump(config))
    address = f"127.0.0.1:{free_port()}"
    command = [
        "prometheus-alertmanager",
        f"--config.file={path}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
    ]
    with running(command, folder / "alertmanager.log"):
        url = f"http://{address}"
        wait_until(lambda: get(f"{url}/-/ready")[0] == 200, "alertmanager is ready")
        yield url
