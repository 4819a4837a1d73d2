"""The rendered Helm chart: valid objects that fit each other and the exporter."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporter.config import load
from exporter.config.options import parse
from places import ROOT
from tools import chart

PATH = os.pathsep.join([os.environ["PATH"], str(Path.home() / "go" / "bin")])
HELM = shutil.which("helm", path=PATH)
KUBECONFORM = shutil.which("kubeconform", path=PATH)
SCHEMAS = ROOT / ".schemas" / "kubernetes"
LOCATION = SCHEMAS / "{{.ResourceKind}}_{{.Group}}_{{.ResourceAPIVersion}}.json"
KAFKA = {"name": "calls", "type": "kafka", "brokers": ["kafka:9092"], "topic": "calls"}
FULL: dict[str, Any] = {
    "args": ["/logs/*"],
    "config": {"keys": {"key_1": {"name": "checkout"}}},
    "logs": {"volume": {"persistentVolumeClaim": {"claimName": "logs"}}},
    "secrets": ["zenmux-keys"],
    "webConfigSecret": "zenmux-web",
    "webConfigTls": True,
    "supplementalGroups": [4],
    "env": [{"name": "ZENMUX_EXPORTER_LOG_FORMAT", "value": "json"}],
    "extraVolumes": [{"name": "more", "emptyDir": {}}],
    "extraVolumeMounts": [{"name": "more", "mountPath": "/more"}],
    "podLabels": {"team": "ml"},
    "podAnnotations": {"note": "x"},
    "nodeSelector": {"disk": "ssd"},
    "tolerations": [{"operator": "Exists"}],
    "affinity": {"nodeAffinity": {}},
    "priorityClassName": "high",
    "imagePullSecrets": [{"name": "pull"}],
    "persistence": {"storageClassName": "fast"},
    "service": {"annotations": {"a": "b"}},
    "serviceAccount": {"annotations": {"a": "b"}},
    "serviceMonitor": {
        "enabled": True,
        "labels": {"release": "prometheus"},
        "tlsConfig": {"insecureSkipVerify": True},
        "basicAuth": {
            "username": {"name": "web", "key": "user"},
            "password": {"name": "web", "key": "password"},
        },
    },
    "prometheusRule": {
        "enabled": True,
        "thresholds": {"budget_1d_usd": 200},
        "grafanaUrl": "https://grafana.example.com",
    },
    "dashboards": {"enabled": True},
    "networkPolicy": {
        "enabled": True,
        "from": [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}],
        "egress": [{"ports": [{"port": 443, "protocol": "TCP"}]}],
    },
}

Rendered = Callable[[dict[str, Any]], subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chart with dashboards and rules."""
    return chart.assemble(tmp_path_factory.mktemp("chart"))


@pytest.fixture
def rendered(made: Path, tmp_path: Path) -> Rendered:
    """Return a function that renders the chart with values."""
    if HELM is None:
        pytest.skip("needs helm on the path")

    def render(values: dict[str, Any]) -> subprocess.CompletedProcess[str]:
        (tmp_path / "values.yaml").write_text(yaml.safe_dump(values))
        # A helm built by `go install` assumes a Kubernetes version that is years old.
        command = [HELM, "template", "test", str(made), "--kube-version=1.33.0"]
        return subprocess.run(
            [*command, f"--values={tmp_path / 'values.yaml'}"],
            capture_output=True,
            text=True,
            check=False,
        )

    return render


def objects(done: subprocess.CompletedProcess[str]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the rendered objects by kind and name."""
    assert done.returncode == 0, done.stderr
    found = [one for one in yaml.safe_load_all(done.stdout) if one]
    return {(one["kind"], one["metadata"]["name"]): one for one in found}


@pytest.mark.parametrize(
    "values",
    [
        {},
        FULL,
        {"replicaCount": 3, "config": {"sources": [KAFKA]}},
        {"persistence": {"enabled": False}, "networkPolicy": {"enabled": True}},
    ],
    ids=["defaults", "everything", "kafka", "no volume"],
)
def test_objects_are_valid(rendered: Rendered, values: dict[str, Any]) -> None:
    """Objects match the Kubernetes and Prometheus operator schemas, without unknown fields."""
    if KUBECONFORM is None or not SCHEMAS.exists():
        pytest.skip("needs the schemas of compose files and Kubernetes")
    done = rendered(values)
    checked = subprocess.run(
        [KUBECONFORM, "-strict", "-summary", "-output=json", f"-schema-location={LOCATION}"],
        input=done.stdout,
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(checked.stdout)

    assert [one["msg"] for one in report.get("resources", ())] == []
    assert report["summary"] == {
        "valid": len(objects(done)),
        "invalid": 0,
        "errors": 0,
        "skipped": 0,
    }


def test_the_schemas_find_faults(rendered: Rendered) -> None:
    """A misspelled field fails validation."""
    if KUBECONFORM is None or not SCHEMAS.exists():
        pytest.skip("needs the schemas of compose files and Kubernetes")
    text = rendered({}).stdout.replace("serviceName:", "serviceNames:")
    checked = subprocess.run(
        [KUBECONFORM, "-strict", f"-schema-location={LOCATION}"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 1
    assert "serviceNames" in checked.stdout


def test_the_exporter_takes_what_the_pod_gives_it(rendered: Rendered, tmp_path: Path) -> None:
    """The exporter accepts the container's arguments and the mounted configuration."""
    found = objects(rendered(FULL))
    config = tmp_path / "exporter.yml"
    config.write_text(found["ConfigMap", "test-zenmux-exporter"]["data"]["exporter.yml"])
    (container,) = _pod(found)["containers"]
    mounted = {one["mountPath"] for one in container["volumeMounts"]}
    options = parse(container["args"], {})

    assert str(options.config_file) == "/etc/zenmux-exporter/exporter.yml"
    assert {str(options.config_file), "/logs", "/etc/zenmux-exporter/web"} <= mounted
    assert str(options.storage_path).startswith("/var/lib/zenmux-exporter/")
    assert str(options.web_config_file) == "/etc/zenmux-exporter/web/web.yml"
    assert options.files == ("/logs/*",)
    assert load(config, parse(["run", "x"], {})).keys["key_1"].name == "checkout"


def test_pods_are_confined(rendered: Rendered) -> None:
    """Pods meet the restricted Pod Security Standard and have a read-only root."""
    pod = _pod(objects(rendered({})))
    (container,) = pod["containers"]

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert "limits" in container["resources"]


def test_probes_ask_kubelet_or_the_exporter(rendered: Rendered) -> None:
    """With TLS or users the exporter's own probe runs, as kubelet has no credentials."""
    (plain,) = _pod(objects(rendered({})))["containers"]
    (guarded,) = _pod(objects(rendered(FULL)))["containers"]

    assert plain["readinessProbe"]["httpGet"] == {"path": "/-/ready", "port": "http"}
    assert plain["livenessProbe"]["httpGet"]["path"] == "/-/healthy"
    assert guarded["livenessProbe"]["exec"]["command"][1:] == ["-m", "exporter.probe", "/-/healthy"]


def test_rules_and_dashboards_are_those_of_the_repository(rendered: Rendered) -> None:
    """Rules and dashboards are unchanged except for given thresholds and addresses."""
    found = objects(rendered(FULL))
    for path in (ROOT / "prometheus" / "rules").glob("*.yml"):
        expected = yaml.safe_load(path.read_text())
        if path.stem == "thresholds":
            by_name = {
                rule["record"]: rule for group in expected["groups"] for rule in group["rules"]
            }
            by_name["zenmux:threshold:budget_1d_usd"]["expr"] = "vector(200)"
            by_name["zenmux:address:grafana"]["labels"]["url"] = "https://grafana.example.com"
        assert found["PrometheusRule", f"test-zenmux-exporter-{path.stem}"]["spec"] == expected
    for path in (ROOT / "grafana" / "dashboards").glob("*.json"):
        one = found["ConfigMap", f"test-zenmux-exporter-dashboard-{path.stem}"]
        assert one["metadata"]["labels"]["grafana_dashboard"] == "1"
        assert one["data"] == {f"zenmux-{path.name}": path.read_text()}


def test_prometheus_finds_the_pods_as_the_rules_expect(rendered: Rendered) -> None:
    """The ServiceMonitor selects only the service that is not headless and sets job `zenmux`."""
    found = objects(rendered(FULL))
    spec = found["ServiceMonitor", "test-zenmux-exporter"]["spec"]
    selected = [
        one
        for (kind, _), one in found.items()
        if kind == "Service"
        and spec["selector"]["matchLabels"].items() <= one["metadata"]["labels"].items()
    ]
    (endpoint,) = spec["endpoints"]
    pod = found["StatefulSet", "test-zenmux-exporter"]["spec"]["template"]

    assert [one["metadata"]["name"] for one in selected] == ["test-zenmux-exporter"]
    assert endpoint["port"] in {port["name"] for port in selected[0]["spec"]["ports"]}
    assert selected[0]["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    assert endpoint["params"] == {"scraper": ["prometheus"]}
    assert endpoint["scheme"] == "https"
    assert endpoint["relabelings"][0] == {"targetLabel": "job", "replacement": "zenmux"}


def test_several_pods_share_a_topic(rendered: Rendered) -> None:
    """Kafka sources get the replica count; a headless service gives pods their names."""
    found = objects(rendered({"replicaCount": 3, "config": {"sources": [KAFKA]}}))
    config = yaml.safe_load(found["ConfigMap", "test-zenmux-exporter"]["data"]["exporter.yml"])
    spec = found["StatefulSet", "test-zenmux-exporter"]["spec"]

    assert config["sources"] == [{**KAFKA, "replicas": 3}]
    assert spec["replicas"] == 3
    assert found["Service", spec["serviceName"]]["spec"]["clusterIP"] == "None"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"replicaCount": 2}, "more than 1 needs sources of type kafka"),
        (
            {"replicaCount": 2, "config": {"sources": [{"name": "a", "type": "push"}]}},
            "records of source a would be counted by each pod",
        ),
        (
            {"replicaCount": 2, "args": ["/logs/*"], "config": {"sources": [KAFKA]}},
            "and no args",
        ),
        ({"replicas": 2}, "replicas"),
        ({"image": {"repository": ""}}, "/image/repository"),
        ({"fullnameOverride": "Not_A_Name"}, "/fullnameOverride"),
        ({"webConfigTls": True}, "webConfigTls: needs webConfigSecret"),
        (
            {"prometheusRule": {"enabled": True, "thresholds": {"budget": 1}}},
            "there is no such threshold",
        ),
        (
            {"prometheusRule": {"enabled": True, "thresholds": {"burn_rate": 1}}},
            "has several numbers",
        ),
    ],
)
def test_wrong_values_are_refused(rendered: Rendered, values: dict[str, Any], reason: str) -> None:
    """Rendering fails with the reason."""
    done = rendered(values)

    assert done.returncode == 1
    assert reason in done.stderr


def _pod(found: dict[tuple[str, str], dict[str, Any]]) -> dict[str, Any]:
    pod: dict[str, Any] = found["StatefulSet", "test-zenmux-exporter"]["spec"]["template"]["spec"]
    return pod
