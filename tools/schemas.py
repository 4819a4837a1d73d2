"""Fetch the schemas of compose files and of Kubernetes objects: `python -m tools.schemas OUT`.

They come from Go modules, which are verified by Go's checksum database.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

COMPOSE = "github.com/compose-spec/compose-go/v2@v2.16.2"
KUBERNETES = "k8s.io/kubectl@v0.37.2"
OPERATOR = "github.com/prometheus-operator/prometheus-operator@v0.85.0"

# The chart's kinds, by the file that describes them. The last file is of an older release.
_OPENAPI = "testdata/openapi"
KINDS = {
    f"{_OPENAPI}/v3/apis/apps/v1.json": ("apps.v1.StatefulSet",),
    f"{_OPENAPI}/v3/api/v1.json": (
        "core.v1.ConfigMap",
        "core.v1.Service",
        "core.v1.ServiceAccount",
    ),
    f"{_OPENAPI}/swagger.json": ("networking.v1.NetworkPolicy",),
}
# Group names in kubeconform; the core group has no name, and is called by its version.
GROUPS = {"core": "v1", "networking": "networking.k8s.io"}
CUSTOM = ("prometheusrules", "servicemonitors")


def module(name: str) -> Path:
    """Download a Go module and return its folder."""
    done = subprocess.run(
        ["go", "mod", "download", "-json", name], capture_output=True, text=True, check=True
    )
    return Path(json.loads(done.stdout)["Dir"])


def strict(schema: Any) -> Any:
    """Return a schema that refuses unknown fields, like the API server with strict validation."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "int-or-string":
        return {"type": ["integer", "string"]}
    made = {name: strict(value) for name, value in schema.items()}
    if isinstance(schema.get("enum"), list):
        made["enum"] = list(
            dict.fromkeys(schema["enum"])
        )  # a few values are listed twice, which is invalid
    if isinstance(schema.get("properties"), dict):
        made.setdefault("additionalProperties", False)
    return made


def native(document: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return the schema of a native Kubernetes kind, with all definitions that it refers to."""
    text = json.dumps(document).replace("#/components/schemas/", "#/definitions/")
    document = json.loads(text)
    found = document.get("definitions") or document["components"]["schemas"]
    needed: dict[str, Any] = {}
    rest = [f"io.k8s.api.{kind}"]
    while rest:
        name = rest.pop()
        if name not in needed:
            needed[name] = strict(found[name])
            rest += re.findall(r'"#/definitions/([^"]+)"', json.dumps(needed[name]))
    return {"$ref": f"#/definitions/io.k8s.api.{kind}", "definitions": needed}


def _write(out: Path, group: str, version: str, kind: str, schema: dict[str, Any]) -> None:
    (out / f"{kind.lower()}_{group}_{version}.json").write_text(json.dumps(schema))


def kubernetes(out: Path) -> None:
    """Write a file for each kind, under the name that kubeconform is configured to look for."""
    for name, kinds in KINDS.items():
        document = json.loads((module(KUBERNETES) / name).read_text())
        for full in kinds:
            group, version, kind = full.split(".")
            _write(out, GROUPS.get(group, group), version, kind, native(document, full))
    for name in CUSTOM:
        path = f"example/prometheus-operator-crd/monitoring.coreos.com_{name}.yaml"
        spec = yaml.safe_load((module(OPERATOR) / path).read_text())["spec"]
        for version in spec["versions"]:
            schema = strict(version["schema"]["openAPIV3Schema"])
            _write(out, spec["group"], version["name"], spec["names"]["kind"], schema)


def main(arguments: Sequence[str]) -> int:
    """Fetch all schemas."""
    (out,) = map(Path, arguments)
    (out / "kubernetes").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(module(COMPOSE) / "schema" / "compose-spec.json", out / "compose-spec.json")
    kubernetes(out / "kubernetes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
