"""The direction of imports in grafana/: promql, builders, panels, boards."""

import ast
from pathlib import Path

import pytest

from places import ROOT

FOLDER = ROOT / "grafana"
LAYERS = ("promql", "builders", "panels", "boards")
MODULES = sorted(path for layer in LAYERS for path in (FOLDER / layer).glob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_layers_import_only_lower_ones(path: Path) -> None:
    """A module imports only from its own layer and those below."""
    nodes = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.ImportFrom)]
    imported = {str(node.module).split(".")[0] for node in nodes if node.level == 2}
    lower = LAYERS[: LAYERS.index(path.parent.name)]
    assert imported <= set(lower)


def test_each_layer_has_modules() -> None:
    """The layers in this test match the package's folders."""
    folders = {path.parent.name for path in FOLDER.rglob("*.py")} - {"grafana"}
    assert folders == set(LAYERS)
