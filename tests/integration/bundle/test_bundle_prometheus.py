"""Prometheus and Grafana configuration: valid, and the same in every environment."""

import os
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from grafana.builders.variables import SHORTEST_BAR
from places import ROOT
from tools.stack import PORTS

DISCOVERY = ("file_sd_configs", "static_configs", "dns_sd_configs", "relabel_configs")


def _read(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text())


NATIVE = _read("prometheus/prometheus.yml")
COMPOSE = _read("prometheus/compose.yml")
CONFIGS = {"prometheus.yml": NATIVE, "compose.yml": COMPOSE}


def _job(config: dict[str, Any], name: str) -> dict[str, Any]:
    (job,) = [job for job in config["scrape_configs"] if job["job_name"] == name]
    return dict(job)


@pytest.mark.real
@pytest.mark.skipif(
    not shutil.which("promtool") and "CI" not in os.environ, reason="needs promtool on PATH"
)
@pytest.mark.parametrize("name", list(CONFIGS))
def test_promtool_accepts_the_configuration(name: str) -> None:
    """`promtool check config` accepts it."""
    subprocess.run(
        ["promtool", "check", "config", f"prometheus/{name}"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )


def test_environments_differ_in_discovery_only() -> None:
    """Intervals, rules, jobs and parameters are the same with and without Docker."""

    def common(config: dict[str, Any]) -> dict[str, Any]:
        jobs = [
            {key: value for key, value in job.items() if key not in DISCOVERY}
            for job in config["scrape_configs"]
        ]
        return {**config, "scrape_configs": jobs, "alerting": None}

    assert common(NATIVE) == common(COMPOSE)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_jobs_share_one_interval_and_name_their_scraper(config: dict[str, Any]) -> None:
    """One interval everywhere; the scraper's name lets the exporter show new series at 0."""
    assert config["global"] == {"scrape_interval": "30s", "evaluation_interval": "30s"}
    assert [job["job_name"] for job in config["scrape_configs"]] == ["zenmux", "zenmux-demo"]
    for job in config["scrape_configs"]:
        assert "scrape_interval" not in job
        assert job["params"] == {"scraper": ["prometheus"]}


def test_grafana_knows_the_scrape_interval() -> None:
    """Grafana's interval is the scrape interval; bars span at least two scrapes."""
    (source,) = _read("grafana/provisioning/datasources/zenmux.yml")["datasources"]
    assert NATIVE["global"]["scrape_interval"] == source["jsonData"]["timeInterval"]
    assert (source["jsonData"]["timeInterval"], SHORTEST_BAR) == ("30s", "1m")


def test_native_targets_are_the_usual_ports() -> None:
    """The committed target is the exporter's default; the demo's exists only while it runs."""
    (files,) = _job(NATIVE, "zenmux")["file_sd_configs"]
    (path,) = files["files"]
    assert [{"targets": [f"127.0.0.1:{PORTS['exporter']}"]}] == _read(f"prometheus/{path}")
    assert list((ROOT / "prometheus/targets").glob("zenmux-demo*")) == []


def test_compose_targets_are_its_services() -> None:
    """Host names and ports are those of docker-compose.yml."""
    services = _read("docker-compose.yml")["services"]
    (static,) = _job(COMPOSE, "zenmux")["static_configs"]
    (demo,) = _job(COMPOSE, "zenmux-demo")["dns_sd_configs"]
    (name,) = demo["names"]
    assert [f"exporter:{PORTS['exporter']}"] == static["targets"]
    assert ("exporter-demo", PORTS["demo"]) == (name, demo["port"])
    assert {"exporter", name} <= set(services)


def test_alertmanager_is_found_where_there_is_one() -> None:
    """Native: by a file that the user writes. Compose: by the service's name and port."""
    (native,) = NATIVE["alerting"]["alertmanagers"]
    assert native == {"file_sd_configs": [{"files": ["targets/alertmanager*.yml"]}]}
    (compose,) = COMPOSE["alerting"]["alertmanagers"]
    (found,) = compose["dns_sd_configs"]
    (name,) = found["names"]
    (port,) = _read("docker-compose.yml")["services"][name]["ports"]
    assert port == f"127.0.0.1:{found['port']}:{found['port']}"


@pytest.mark.real
@pytest.mark.skipif(
    not shutil.which("amtool") and "CI" not in os.environ, reason="needs amtool on PATH"
)
def test_amtool_accepts_the_example() -> None:
    """`amtool check-config` accepts it."""
    subprocess.run(
        ["amtool", "check-config", "prometheus/alertmanager.example.yml"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )


def test_data_source_is_provisioned_from_the_environment() -> None:
    """One Prometheus, the default one, with the address from PROMETHEUS_URL."""
    provisioned = _read("grafana/provisioning/datasources/zenmux.yml")
    (source,) = provisioned["datasources"]
    assert (provisioned["apiVersion"], provisioned["prune"]) == (1, True)
    assert (source["type"], source["uid"]) == ("prometheus", "zenmux-prometheus")
    assert (source["url"], source["access"]) == ("$PROMETHEUS_URL", "proxy")
    assert (source["isDefault"], source["editable"]) == (True, False)


def test_dashboards_are_provisioned_from_the_environment() -> None:
    """One folder of files, with its path from ZENMUX_DASHBOARDS; nothing is edited in place."""
    (provider,) = _read("grafana/provisioning/dashboards/zenmux.yml")["providers"]
    assert (provider["type"], provider["options"]["path"]) == ("file", "$ZENMUX_DASHBOARDS")
    assert provider["allowUiUpdates"] is False
    assert provider["options"]["foldersFromFilesStructure"] is False
