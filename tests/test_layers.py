"""The direction of the data: modules import only from layers below their own."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import exporter

PACKAGE = Path(exporter.__file__).parent
LAYERS = (
    {"errors", "exact", "labels", "records", "tally", "utf8"},
    {"moments"},
    {"commands"},
    {"catalog", "framing", "options", "logs", "memory", "responsibility", "scrapers"},
    {"config"},
    {"decode"},
    {"ledger"},
    {"compensated"},
    {"aggregates"},
    {"exposition"},
    {"sources", "negotiation"},
    {"crew"},
    {"ingest", "ahead"},
    {"process", "pipeline"},
    {"api", "once", "backfill"},
    {"web"},
    {"app"},
    {"demonstration", "reconciliation"},
    {"cli"},
)
# Beside the flow: they share no code with the counting.
APART = {"recount", "demo"}
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
MODULES = sorted(
    path
    for path in PACKAGE.rglob("*.py")
    if path.relative_to(PACKAGE).parts[0] not in {"__init__.py", "__main__.py"}
)

COMPILED = sorted(path for path in PACKAGE.rglob("*.p[xy][dx]"))
_COMPILED_IMPORT = re.compile(r"^from (?:exporter\.|\.\.)(\w+)", re.MULTILINE)


def imported(path: Path) -> Iterator[str]:
    """The modules of the package that a file imports, by their first name."""
    depth = len(path.relative_to(PACKAGE).parts)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            names = [node.module] if node.module else [alias.name for alias in node.names]
            yield from (name.split(".")[0] for name in names if name != "__version__")


def name_of(path: Path) -> str:
    """The layer's name of a file."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path: Path) -> None:
    """A module imports only what stands in a lower layer (or in its own package)."""
    own = name_of(path)
    if own in APART:
        assert set(imported(path)) <= {"errors"}
        return
    allowed = {name for name in RANK if RANK[name] < RANK[own]} | APART
    assert [name for name in imported(path) if name not in allowed] == []


@pytest.mark.parametrize("path", COMPILED, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_compiled_imports_go_down(path: Path) -> None:
    """The compiled part keeps to the same layers."""
    found = _COMPILED_IMPORT.findall(path.read_text())
    assert [name for name in found if RANK[name] > RANK[name_of(path)]] == []


@pytest.mark.parametrize(
    "path", MODULES + COMPILED, ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_files_stay_short(path: Path) -> None:
    """A file that a reader can hold in mind has at most 300 lines."""
    assert path.read_text().count("\n") <= 300
