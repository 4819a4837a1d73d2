"""Cross-check docker-compose.yml and Dockerfile, without running Docker."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporter import __version__, probe
from exporter.config import load
from exporter.config.options import Options
from places import ROOT
from tools.requirements import project
from tools.stack import PORTS, PROMETHEUS_FLAGS

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()

service = pytest.mark.parametrize("name", list(SERVICES))


def _mounts(name: str, kind: str) -> list[dict[str, Any]]:
    return [v for v in SERVICES[name].get("volumes", []) if v["type"] == kind]


def test_services_are_the_bundle() -> None:
    """Three of the six services start only with a profile."""
    assert set(SERVICES) == {
        *("exporter", "exporter-demo", "exporter-kafka"),
        *("prometheus", "alertmanager", "grafana"),
    }
    assert {name: entry["profiles"] for name, entry in SERVICES.items() if "profiles" in entry} == {
        "exporter-demo": ["demo"],
        "exporter-kafka": ["kafka"],
        "alertmanager": ["alerts"],
    }


def test_foreign_images_are_pinned_to_exact_versions() -> None:
    """Images are pinned, so a clone always gets the same programs."""
    images = [s["image"] for s in SERVICES.values() if "build" not in s]
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(set(bases)) == 1
    for image in [*images, *bases]:
        assert re.fullmatch(r"[\w/.]+:v?\d+\.\d+\.\d+(-[\w.-]+)?", image), image


@service
def test_ports_are_open_to_this_machine_only(name: str) -> None:
    """Each service listens on its usual port, on loopback."""
    usual = {**PORTS, "alertmanager": 9093, "exporter-kafka": 10466}[
        {"exporter-demo": "demo"}.get(name, name)
    ]
    assert [f"127.0.0.1:{usual}:{usual}"] == SERVICES[name]["ports"]


@service
def test_services_are_confined_and_restarted(name: str) -> None:
    """Services have no capabilities, gain no privileges and restart unless stopped."""
    entry = SERVICES[name]
    assert entry["restart"] == "unless-stopped"
    assert entry["cap_drop"] == ["ALL"]
    assert entry["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in entry


@pytest.mark.parametrize("name", sorted({*SERVICES} - {"grafana"}))
def test_root_file_systems_are_read_only(name: str) -> None:
    """These services write only to volumes and /tmp."""
    assert SERVICES[name]["read_only"] is True


@service
def test_bind_mounts_exist_and_are_read_only(name: str) -> None:
    """Every bind mount is in the repository, except the user's logs."""
    for mount in _mounts(name, "bind"):
        assert mount["read_only"] is True
        if mount["source"] != "${ZENMUX_LOGS:-./logs}":
            assert (ROOT / mount["source"]).is_dir(), mount["source"]


def test_a_missing_folder_of_logs_is_an_error() -> None:
    """Compose fails if the folder of logs is missing, instead of creating it as root."""
    (logs,) = _mounts("exporter", "bind")
    assert (logs["target"], logs["bind"]["create_host_path"]) == ("/logs", False)
    assert "/logs/*" in SERVICES["exporter"]["command"]


def test_what_must_last_is_on_named_volumes() -> None:
    """Volumes keep the ledger, the history and Grafana's state across an upgrade."""
    named = {v["source"]: v["target"] for name in SERVICES for v in _mounts(name, "volume")}
    assert set(COMPOSE["volumes"]) == set(named)
    assert f"{_environment()['XDG_STATE_HOME']}/zenmux-exporter" == named["exporter-data"]
    assert f"--storage.tsdb.path={named['prometheus-data']}" in SERVICES["prometheus"]["command"]


def test_prometheus_runs_as_in_the_stack() -> None:
    """Retention and features are the same with and without Docker."""
    command = SERVICES["prometheus"]["command"]
    assert set(PROMETHEUS_FLAGS) <= set(command)
    (mount,) = _mounts("prometheus", "bind")
    assert f"--config.file={mount['target']}/compose.yml" in command
    assert (ROOT / mount["source"] / "compose.yml").exists()


def test_grafana_password_has_no_default() -> None:
    """Compose refuses to start without a Grafana password."""
    password = SERVICES["grafana"]["environment"]["GF_SECURITY_ADMIN_PASSWORD"]
    assert password.startswith("${GRAFANA_ADMIN_PASSWORD:?")
    assert not re.search(r"PASSWORD|SECRET|TOKEN", DOCKERFILE)


def test_grafana_finds_prometheus_and_dashboards() -> None:
    """The provisioning variables name the Prometheus service and the mounted dashboards."""
    environment = SERVICES["grafana"]["environment"]
    assert f"http://prometheus:{PORTS['prometheus']}" == environment["PROMETHEUS_URL"]
    mounted = {mount["target"]: mount["source"] for mount in _mounts("grafana", "bind")}
    assert mounted[environment["ZENMUX_DASHBOARDS"]] == "./grafana/dashboards"
    assert mounted["/etc/grafana/provisioning"] == "./grafana/provisioning"
    home = Path(environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert (ROOT / mounted[str(home.parent)] / home.name).exists()


def test_every_service_is_health_checked() -> None:
    """Every service has a health check, ours in the image; Grafana waits for Prometheus."""
    for name, entry in SERVICES.items():
        assert ("healthcheck" in entry) != ("build" in entry), name
    assert SERVICES["grafana"]["depends_on"] == {"prometheus": {"condition": "service_healthy"}}


def _environment() -> dict[str, str]:
    (block,) = re.findall(r"^ENV ((?:.*\\\n)*.*)$", DOCKERFILE, re.MULTILINE)
    return dict(pair.split("=", 1) for pair in shlex.split(block.replace("\\\n", " ")))


def test_image_listens_where_compose_and_prometheus_look() -> None:
    """The image listens on the exporter's port; compose sets the others."""
    key = "ZENMUX_EXPORTER_WEB_LISTEN_ADDRESS"
    assert f"0.0.0.0:{PORTS['exporter']}" == _environment()[key]
    assert {key: f"0.0.0.0:{PORTS['demo']}"} == SERVICES["exporter-demo"]["environment"]
    assert SERVICES["exporter-kafka"]["environment"] == {key: "0.0.0.0:10466"}
    assert f"EXPOSE {PORTS['exporter']}" in DOCKERFILE


def test_image_runs_without_root() -> None:
    """The last USER is numeric and not 0, so Kubernetes can check `runAsNonRoot`."""
    assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE) == ["10001:10001"]


def test_image_check_is_the_exporters_own() -> None:
    """The health check runs `exporter.probe` with the image's Python."""
    (command,) = re.findall(r"^    CMD (\[.+\])$", DOCKERFILE, re.MULTILINE)
    python, flag, module = json.loads(command)
    (entry,) = re.findall(r"^ENTRYPOINT (\[.+\])$", DOCKERFILE, re.MULTILINE)

    assert (Path(python).parent, flag) == (Path(json.loads(entry)[0]).parent, "-m")
    assert module == probe.__name__


def test_image_is_labelled() -> None:
    """Each build argument has a label; the version defaults to this one."""
    labels = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="(.+?)"', DOCKERFILE))
    last_stage = DOCKERFILE.rpartition("\nFROM ")[2]

    assert {labels[name] for name in ("version", "revision", "created")} == {
        f"${name}" for name in re.findall(r"^ARG (\w+)", last_stage, re.MULTILINE)
    }
    assert f"ARG VERSION={__version__}\n" in last_stage
    assert labels["licenses"] == project()["project"]["license"]
    assert labels["source"] == project()["project"]["urls"]["Source"]


def test_image_is_built_from_what_it_needs() -> None:
    """The build context contains exactly what the Dockerfile copies."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines[1] == "*"
    admitted = {line[1:] for line in lines if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    assert admitted == {name for names in copied for name in names.split()}


def test_exporter_of_kafka_has_a_valid_configuration() -> None:
    """The Kafka configuration is mounted where the command looks, and is valid."""
    (mount,) = _mounts("exporter-kafka", "bind")
    (flag,) = [one for one in SERVICES["exporter-kafka"]["command"] if "config.file" in one]
    name = flag.removeprefix(f"--config.file={mount['target']}/")
    config = load(ROOT / mount["source"] / name, Options("check", ROOT))
    assert [source.type for source in config.sources] == ["kafka"]
