"""`make stack` with the installed Prometheus and a stand-in for the exporter."""

import contextlib
import http.client
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from places import ROOT
from tools import stack

EXPORTER = """
import http.server, os, signal, sys

if "--fail" in sys.argv:
    sys.exit("no such log")

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(b"zenmux_exporter_demo 1\\n" if self.path.startswith("/metrics") else b"")

    def log_message(self, *_):
        pass

print(sys.argv[1:], flush=True)
if "--stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
(listen,) = [a for a in sys.argv if a.startswith("--web.listen-address=")]
host, _, port = listen.partition("=")[2].rpartition(":")
print("pid", os.getpid(), flush=True)
http.server.HTTPServer((host, int(port)), Handler).serve_forever()
"""

# Matches nothing, so the stack skips the slow backfill.
NO_LOGS = "some/*.jsonl"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not shutil.which("prometheus") and "CI" not in os.environ,
        reason="needs prometheus on PATH",
    ),
]


def _port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Running:
    """A stack under test: its process, ports, folder and output."""

    def __init__(
        self, folder: Path, *arguments: str, path: str | None = None, flags: str = ""
    ) -> None:
        """Start the stack with a stand-in exporter and its `flags`."""
        self.folder = folder
        self.ports = {"exporter": _port(), "prometheus": _port()}
        standin = folder / "standin.py"
        standin.write_text(EXPORTER)
        command = [sys.executable, "-m", "tools.stack", f"--data={folder}", "--timeout=60"]
        command += [f"--exporter-command={shlex.join([sys.executable, str(standin)])} {flags}"]
        command += [f"--{name}-port={port}" for name, port in self.ports.items()]
        self.output = folder / "output.txt"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [*command, *arguments],
                cwd=ROOT,
                env={**os.environ, "PATH": path or os.environ["PATH"]},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def printed(self) -> str:
        """Return the output so far."""
        return self.output.read_text()

    def until(self, condition: Callable[[], object], seconds: float = 60) -> None:
        """Wait for a condition; fail with the output after a timeout."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.printed()
            assert self.process.poll() is None, self.printed()
            self._rest()

    def _rest(self) -> None:
        try:
            self.process.wait(0.1)
        except subprocess.TimeoutExpired:
            return

    def targets(self) -> list[dict[str, Any]]:
        """Return Prometheus's active targets."""
        link = http.client.HTTPConnection("127.0.0.1", self.ports["prometheus"], timeout=5)
        with contextlib.closing(link):
            link.request("GET", "/api/v1/targets")
            return list(json.load(link.getresponse())["data"]["activeTargets"])

    def exporter_pid(self) -> int:
        """Return the process id of the stand-in."""
        log = (self.folder / "log" / "exporter.log").read_text()
        return int(log.rpartition("pid ")[2])

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send the stack a signal and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(20)


Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start stacks that stop with the test."""
    started: list[Running] = []

    def run(*arguments: str, path: str | None = None, flags: str = "") -> Running:
        started.append(Running(tmp_path, *arguments, path=path, flags=flags))
        return started[-1]

    yield run
    for running in started:
        if running.process.poll() is None:
            running.stop()


def _gone(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_demo_is_scraped_and_everything_stops(start: Start) -> None:
    """Without logs the demo runs and is scraped, and SIGTERM stops everything in seconds."""
    running = start()
    running.until(lambda: "Running" in running.printed())
    running.until(lambda: [t["health"] for t in running.targets()] == ["up"])
    (target,) = running.targets()
    assert target["labels"]["job"] == "zenmux-demo"
    assert f"127.0.0.1:{running.ports['exporter']}" == target["labels"]["instance"]
    assert target["scrapeUrl"].endswith("/metrics?scraper=prometheus")
    assert target["scrapeInterval"] == "30s"
    assert running.stop() == 0
    assert all(_gone(port) for port in running.ports.values())
    assert "Stopped." in running.printed()


def test_logs_are_followed_as_the_real_job(start: Start, tmp_path: Path) -> None:
    """With logs the exporter gets the patterns as typed, and all files of a folder."""
    (tmp_path / "logs").mkdir()
    running = start("some/*.jsonl", str(tmp_path / "logs"))
    running.until(lambda: "Running" in running.printed())
    arguments = (tmp_path / "log" / "exporter.log").read_text()
    assert arguments.startswith("['run', ")
    assert f"'some/*.jsonl', '{tmp_path}/logs/*'" in arguments
    assert f"--storage.path={tmp_path}/exporter" in arguments
    running.until(running.targets)
    assert [target["labels"]["job"] for target in running.targets()] == ["zenmux"]


def test_a_history_that_is_not_made_is_told(start: Start, tmp_path: Path) -> None:
    """If Prometheus has data, the backfill is skipped with a message that names the folder."""
    (tmp_path / "prometheus" / "wal").mkdir(parents=True)
    running = start("some/*.jsonl")
    running.until(lambda: "Running" in running.printed())
    assert "Not backfilling" in running.printed()
    assert f"delete {tmp_path}/prometheus " in running.printed()


def test_interrupt_stops_everything(start: Start) -> None:
    """Ctrl-C exits with 0."""
    running = start(NO_LOGS)
    running.until(lambda: "Running" in running.printed())
    assert running.stop(signal.SIGINT) == 0
    assert all(_gone(port) for port in running.ports.values())


def test_a_child_that_dies_ends_the_stack(start: Start) -> None:
    """A crash prints the child's log, stops all others and exits with 1."""
    running = start(NO_LOGS)
    running.until(lambda: "Running" in running.printed())
    os.kill(running.exporter_pid(), signal.SIGKILL)
    assert running.process.wait(20) == 1
    assert "exporter ended (SIGKILL)" in running.printed()
    assert _gone(running.ports["prometheus"])


def test_a_child_that_ignores_the_signal_is_killed(start: Start) -> None:
    """A child that ignores SIGTERM delays the exit by seconds only."""
    running = start(NO_LOGS, flags="--stubborn")
    running.until(lambda: "Running" in running.printed())
    assert running.stop() == 0
    assert _gone(running.ports["exporter"])


def test_a_child_that_cannot_start_is_named_with_its_last_words(start: Start) -> None:
    """The exporter's errors about its arguments reach the terminal."""
    running = start(flags="--fail")
    assert running.process.wait(20) == 1
    assert "exporter ended (exit code 1)" in running.printed()
    assert "no such log" in running.printed()


def test_missing_programs_are_named_with_where_to_get_them(start: Start, tmp_path: Path) -> None:
    """Without Prometheus and Grafana, the exporter runs, and hints are printed."""
    (tmp_path / "empty").mkdir()
    running = start(path=str(tmp_path / "empty"))
    running.until(lambda: "Running" in running.printed())
    assert "prometheus is not on PATH" in running.printed()
    assert "https://prometheus.io/download/" in running.printed()
    assert running.stop() == 0


def test_a_taken_port_that_was_asked_for_is_an_error(start: Start) -> None:
    """A requested port that is taken is an error; no other port is used silently."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        running = start(f"--prometheus-port={taken}")
        assert running.process.wait(20) == 1
    assert f"port {taken} for prometheus is in use" in running.printed()


def test_a_taken_usual_port_gives_way_to_a_free_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """If a default port is taken, a free one is used."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        monkeypatch.setitem(stack.PORTS, "grafana", taken)
        port = stack._port("grafana", None)
    assert port != taken
    assert f"Port {taken} is in use, so grafana listens on {port}." in capsys.readouterr().out


GRAFANA = """#!{python}
import http.server, os, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/api/health" else 404)
        self.end_headers()

    def log_message(self, *_):
        pass

print(sys.argv[1:])
for name in sorted(os.environ):
    if name.startswith(("GF_", "ZENMUX_", "PROMETHEUS_URL")):
        print(name + "=" + os.environ[name])
sys.stdout.flush()
port = int(os.environ["GF_SERVER_HTTP_PORT"])
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


def test_grafana_is_given_the_repository_s_provisioning(start: Start, tmp_path: Path) -> None:
    """A Grafana on PATH gets our provisioning, our Prometheus, and its own home path."""
    home = tmp_path / "grafana-home"
    (home / "conf").mkdir(parents=True)
    (home / "conf" / "defaults.ini").touch()
    (home / "bin").mkdir()
    program = home / "bin" / "grafana"
    program.write_text(GRAFANA.format(python=sys.executable))
    program.chmod(0o755)
    port = _port()
    path = f"{program.parent}:{os.environ['PATH']}"
    running = start(NO_LOGS, f"--grafana-port={port}", path=path)
    running.until(lambda: "Running" in running.printed())
    told = (tmp_path / "log" / "grafana.log").read_text()
    assert told.startswith(f"['server', '--homepath={home}']")
    assert f"GF_PATHS_PROVISIONING={ROOT / 'grafana' / 'provisioning'}\n" in told
    assert f"ZENMUX_DASHBOARDS={ROOT / 'grafana' / 'dashboards'}\n" in told
    assert f"PROMETHEUS_URL=http://127.0.0.1:{running.ports['prometheus']}\n" in told
    assert f"http://127.0.0.1:{port}/d/zenmux-usage?from=now-7d" in running.printed()
    assert running.stop() == 0
    assert _gone(port)
