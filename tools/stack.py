"""Run exporter, Prometheus and Grafana on this machine without Docker (`make stack`).

With log files, the exporter tails them, and the data is kept. Without, it runs the demo on
temporary storage, with a week of generated history, so demo data never mixes with real data. Ctrl-C
stops everything.
"""

import argparse
import os
import secrets
import shlex
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .free_port import is_free
from .logs import globs
from .supervisor import Service, StackError, Supervisor

ROOT = Path(__file__).resolve().parent.parent
PORTS = {"exporter": 10464, "demo": 10465, "prometheus": 9090, "grafana": 3000}
PROMETHEUS_FLAGS = (
    "--storage.tsdb.retention.time=400d",
    "--enable-feature=exemplar-storage",
)
MISSING = {
    "prometheus": "prometheus is not on PATH, so nothing is recorded. Get it from "
    "https://prometheus.io/download/, `apt install prometheus` or `brew install prometheus`.",
    "grafana": "grafana is not on PATH, so there are no dashboards here. Get it from "
    "https://grafana.com/grafana/download, `brew install grafana`, or use docker compose.",
}
# US dollars per day; the demo exceeds it within a minute.
DEMO_BUDGET = "0.25"
ANEW = "To backfill the logs, stop, delete {} (with the data recorded there) and start again."


@dataclass(frozen=True, slots=True)
class Plan:
    """The chosen logs, ports, commands and data folder."""

    logs: Sequence[str]
    data: Path
    exporter_command: Sequence[str]
    ports: dict[str, int]
    timeout: float

    @property
    def job(self) -> str:
        """Return the Prometheus job of the exporter."""
        return "zenmux" if self.logs else "zenmux-demo"

    @property
    def exporter_port(self) -> int:
        """Return the port of the exporter; the demo has another default."""
        return self.ports["exporter" if self.logs else "demo"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the stack; return 0 if it was stopped by a signal, 1 on failure."""
    options = _parser().parse_args(arguments)
    try:
        with _data_folder(options.data, keep=bool(options.logs)) as data:
            return _run(_plan(options, data))
    except StackError as error:
        print(f"stack: {error}", file=sys.stderr, flush=True)
        return 1


def _run(plan: Plan) -> int:
    supervisor = Supervisor(plan.data / "log", _say)
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: supervisor.stop.set())
    try:
        for service in services(plan):
            if service.name == "prometheus":
                _backfill(plan, supervisor)
            if not supervisor.stop.is_set():
                supervisor.start(service, plan.timeout)
        if not supervisor.stop.is_set():
            _say(f"Running; the first values appear after a minute. Files: {plan.data}")
            if "grafana" in supervisor.names:
                since = "?from=now-7d&to=now&refresh=30s"
                _say(f"Dashboards: http://127.0.0.1:{plan.ports['grafana']}/d/zenmux-usage{since}")
            _say("Ctrl-C stops everything.")
        supervisor.watch()
    finally:
        supervisor.close()
    _say("Stopped.")
    return 0


def services(plan: Plan) -> Iterator[Service]:
    """Yield the services to start, in order; print a hint for each program that is missing."""
    yield _exporter(plan)
    if not (program := shutil.which("prometheus")):
        _say(MISSING["prometheus"])
        return
    yield _prometheus(plan, program)
    if grafana := shutil.which("grafana") or shutil.which("grafana-server"):
        yield _grafana(plan, grafana)
        return
    _say(MISSING["grafana"])
    _say("Until then, query in Prometheus: sum by (model) (zenmux_tokens_total)")


def _backfill(plan: Plan, supervisor: Supervisor) -> None:
    """Backfill the history of the logs into an empty Prometheus database.

    Skipped if the database already has samples, which backfilled blocks would overlap.
    """
    data = plan.data / "prometheus"
    if supervisor.stop.is_set():
        return
    if data.exists() and any(data.iterdir()):
        _say(f"Not backfilling, because Prometheus already has data. {ANEW.format(data)}")
        return
    _say("Backfilling, so that graphs show the past; Ctrl-C stops.")
    read = plan.logs or _demo_past(plan, supervisor)
    labels = f"--labels=job={plan.job},instance=127.0.0.1:{plan.exporter_port}"
    command = [*plan.exporter_command, "backfill", f"--out={data}", "--end=now", labels]
    if not supervisor.run("backfill", [*command, *read]):
        _say("Backfilling failed, so graphs begin now.")


def _demo_past(plan: Plan, supervisor: Supervisor) -> Sequence[str]:
    """Write a week of demo history; return the arguments with which `backfill` reads it."""
    supervisor.run("past", [sys.executable, "-m", "tools.demo_past", str(plan.data)])
    return (f"--config.file={plan.data / 'past.yml'}",)


def _exporter(plan: Plan) -> Service:
    listen = f"--web.listen-address=127.0.0.1:{plan.exporter_port}"
    storage = f"--storage.path={plan.data / 'exporter'}"
    mode = ["run", listen, storage, *plan.logs] if plan.logs else ["demo", listen]
    command = [*plan.exporter_command, *mode]
    return Service("exporter", command, plan.exporter_port, "/-/ready")


def _prometheus(plan: Plan, program: str) -> Service:
    port = plan.ports["prometheus"]
    command = [
        program,
        f"--config.file={_prometheus_files(plan)}",
        f"--storage.tsdb.path={plan.data / 'prometheus'}",
        f"--web.listen-address=127.0.0.1:{port}",
        *PROMETHEUS_FLAGS,
    ]
    return Service("prometheus", command, port, "/-/ready")


def _prometheus_files(plan: Plan) -> Path:
    """Copy the shipped configuration, with a target file for this run's port; return its path."""
    folder = plan.data / "config"
    shutil.rmtree(folder, ignore_errors=True)
    targets = folder / "targets"
    targets.mkdir(parents=True)
    (targets / f"{plan.job}.yml").write_text(f'- targets: ["127.0.0.1:{plan.exporter_port}"]\n')
    for alertmanager in (ROOT / "prometheus" / "targets").glob("alertmanager*.yml"):
        shutil.copy(alertmanager, targets)
    shutil.copytree(ROOT / "prometheus" / "rules", folder / "rules")
    if not plan.logs:
        _set_budget(folder / "rules" / "thresholds.yml")
    return Path(shutil.copy(ROOT / "prometheus" / "prometheus.yml", folder))


def _set_budget(thresholds: Path) -> None:
    """Set a daily budget that the demo exceeds, so that an alert always fires."""
    unset = "budget_1d_usd\n        expr: vector(+Inf)"
    text = thresholds.read_text(encoding="utf-8")
    assert unset in text
    thresholds.write_text(text.replace(unset, unset.replace("+Inf", DEMO_BUDGET)), encoding="utf-8")


def _grafana(plan: Plan, program: str) -> Service:
    port = plan.ports["grafana"]
    command = [program, "server"] if Path(program).stem == "grafana" else [program]
    # Never Grafana's default admin/admin. To log in, set the password before the first start.
    password = os.environ.get("GF_SECURITY_ADMIN_PASSWORD") or secrets.token_urlsafe(12)
    folder = plan.data / "grafana"
    dashboards = ROOT / "grafana" / "dashboards"
    settings = {
        "GF_PATHS_PROVISIONING": str(ROOT / "grafana" / "provisioning"),
        "GF_PATHS_DATA": str(folder),
        "GF_PATHS_LOGS": str(folder / "log"),
        "GF_PATHS_PLUGINS": str(folder / "plugins"),
        "GF_SERVER_HTTP_ADDR": "127.0.0.1",
        "GF_SERVER_HTTP_PORT": str(port),
        # It listens on localhost only: viewing needs no login, editing does.
        "GF_AUTH_ANONYMOUS_ENABLED": "true",
        "GF_AUTH_ANONYMOUS_ORG_ROLE": "Viewer",
        "GF_SECURITY_ADMIN_PASSWORD": password,
        "GF_ANALYTICS_REPORTING_ENABLED": "false",
        "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
        "GF_PLUGINS_PREINSTALL_DISABLED": "true",
        "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH": str(dashboards / "usage.json"),
        "PROMETHEUS_URL": f"http://127.0.0.1:{plan.ports['prometheus']}",
        "ZENMUX_DASHBOARDS": str(dashboards),
    }
    home = [f"--homepath={found}"] if (found := _grafana_home(program)) else []
    return Service("grafana", [*command, *home], port, "/api/health", settings)


def _grafana_home(program: str) -> Path | None:
    """Return Grafana's home path: next to its binary, or where packages install it."""
    beside = Path(program).resolve().parent.parent
    places = (beside, beside / "share" / "grafana", Path("/usr/share/grafana"))
    return next((place for place in places if (place / "conf" / "defaults.ini").exists()), None)


def _plan(options: argparse.Namespace, data: Path) -> Plan:
    requested = {name: getattr(options, f"{name}_port") for name in PORTS if name != "demo"}
    requested["demo"] = requested["exporter"]
    unused = "demo" if options.logs else "exporter"
    ports = {name: _port(name, port) for name, port in requested.items() if name != unused}
    command = shlex.split(options.exporter_command)
    return Plan(globs(options.logs), data, command, ports, options.timeout)


def _port(name: str, requested: int | None) -> int:
    """Return the requested port, or the default one if it is free, or a free one."""
    if requested is not None:
        if not is_free(requested):
            raise StackError(f"port {requested} for {name} is in use; choose another")
        return requested
    default = PORTS[name]
    if is_free(default):
        return default
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = int(server.getsockname()[1])
    _say(f"Port {default} is in use, so {name} listens on {port}.")
    return port


@contextmanager
def _data_folder(chosen: Path | None, *, keep: bool) -> Iterator[Path]:
    """Provide the data folder: persistent for real logs, temporary for the demo."""
    if chosen is None and not keep:
        with tempfile.TemporaryDirectory(prefix="zenmux-demo-", ignore_cleanup_errors=True) as name:
            yield Path(name)
        return
    folder = (chosen or _state_folder()).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    yield folder


def _state_folder() -> Path:
    base = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_STATE_HOME")
    return Path(base or Path.home() / ".local" / "state") / "zenmux-exporter" / "stack"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make stack", description=__doc__)
    parser.add_argument(
        "logs",
        nargs="*",
        metavar="LOGS",
        help="files, globs or folders; without any, the demo runs",
    )
    parser.add_argument("--data", type=Path, help="data folder of all services")
    parser.add_argument(
        "--timeout", type=float, default=300.0, help="seconds to wait for each service"
    )
    parser.add_argument(
        "--exporter-command",
        default=shlex.join([sys.executable, "-m", "exporter"]),
        help="the exporter, without its subcommand (default: %(default)s)",
    )
    for name in ("exporter", "prometheus", "grafana"):
        parser.add_argument(
            f"--{name}-port", type=int, help="default: the standard port or a free one"
        )
    return parser


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
