"""A real Alertmanager with the example configuration, and whom it notifies, written down."""

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from programs import free_port, get, running, wait_until

from .book import ROOT

EXAMPLE = ROOT / "prometheus" / "alertmanager.example.yml"


@dataclass(frozen=True, slots=True)
class Notice:
    """An alert that a receiver was told of."""

    receiver: str
    status: str
    labels: dict[str, str]
    annotations: dict[str, str]

    @property
    def name(self) -> str:
        """The alert's name."""
        return self.labels["alertname"]


class Receiver(http.server.ThreadingHTTPServer):
    """Answers webhooks and keeps what they told."""

    def __init__(self) -> None:
        """On a free port."""
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
        """Nothing on the terminal."""


@contextlib.contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver that runs beside the test."""
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
    """Alertmanager as in the example, but for the receivers' port and shorter waits: its URL."""
    text = EXAMPLE.read_text().replace("127.0.0.1:9095", f"127.0.0.1:{receiver_port}")
    config = yaml.safe_load(text)
    # One look at all alerts together still comes before the first notification.
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
