"""The Helm chart's files, checked without Helm."""

import json
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from exporter import __version__
from places import ROOT
from tools import chart
from tools.chart import CHART

VALUES = yaml.safe_load((CHART / "values.yaml").read_text())
SCHEMA = json.loads((CHART / "values.schema.json").read_text())


def described(schema: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path and description of each value in a schema, recursing into objects."""
    for name, entry in schema["properties"].items():
        yield f"{path}{name}", entry["description"]
        if "properties" in entry:
            yield from described(entry, f"{path}{name}.")


def given(values: Mapping[str, Any], known: frozenset[str], path: str = "") -> Iterator[str]:
    """Yield the path of each value, recursing where the schema does."""
    for name, value in values.items():
        yield f"{path}{name}"
        inner = isinstance(value, dict) and any(one.startswith(f"{path}{name}.") for one in known)
        if inner:
            yield from given(value, known, f"{path}{name}.")


def test_every_value_is_described() -> None:
    """Values and schema have the same keys, except Helm's own `global`."""
    told = dict(described(SCHEMA))

    assert {*given(VALUES, frozenset(told))} == {*told} - {"global"}
    assert all(text.endswith(".") for text in told.values())


def test_the_values_are_valid() -> None:
    """The values match their schema, which rejects unknown keys."""
    validator = jsonschema_rs.validator_for(SCHEMA)

    assert [error.message for error in validator.iter_errors(VALUES)] == []
    assert not validator.is_valid({**VALUES, "replicas": 2})


def test_the_chart_is_of_this_version() -> None:
    """Chart and exporter have the same version."""
    told = yaml.safe_load((CHART / "Chart.yaml").read_text())

    assert (told["version"], told["appVersion"]) == (__version__, __version__)


def test_the_package(tmp_path: Path) -> None:
    """The package contains the repository's dashboards and rules and is reproducible."""
    first = chart.package(chart.assemble(tmp_path / "one"), 1_795_000_000)
    second = chart.package(chart.assemble(tmp_path / "two"), 1_795_000_000)
    assert first.name == f"zenmux-exporter-{__version__}.tgz"
    assert first.read_bytes() == second.read_bytes()

    with tarfile.open(first) as packed:
        names = packed.getnames()
        for folder, (source, pattern) in chart.COPIED.items():
            paths = sorted(source.glob(pattern))
            inside = [name for name in names if name.startswith(f"zenmux-exporter/{folder}/")]
            assert inside == [f"zenmux-exporter/{folder}/{path.name}" for path in paths]
            content = packed.extractfile(inside[0])
            assert content is not None
            assert content.read() == paths[0].read_bytes()


@pytest.mark.parametrize("folder", [*chart.COPIED])
def test_no_copy_is_kept(folder: str) -> None:
    """The chart's folder in the repository has no copies of dashboards and rules."""
    assert not (CHART / folder).exists()
    assert any((ROOT / "grafana" / "dashboards").iterdir())
