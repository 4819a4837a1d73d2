"""Imports follow the flow of data: modules import only from earlier stations."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import exporter

PACKAGE = Path(exporter.__file__).parent
STATIONS = (
    {"errors", "files", "implementation", "memory", "probe"},
    {"version"},
    {"values", "records"},
    {"positions", "receipts", "logs", "secret", "catalogue", "rules"},
    {"wrappers", "progress", "tables", "client", "api", "service_manager"},
    {"otlp"},
    {"formats"},
    {"config"},
    {"sources"},
    {"counting"},
    {"ledger"},
    {"metrics"},
    {"pipeline", "account"},
    {"web", "count_files", "backfill", "trial", "generations", "starting"},
    {"app", "reconcile", "report", "compensations"},
    {"cli"},
)
# Outside the flow: it shares no code with counting.
APART = {"demo"}
RANK = {name: rank for rank, names in enumerate(STATIONS) for name in names}
MODULES = sorted(
    path
    for path in PACKAGE.rglob("*.py")
    if path.relative_to(PACKAGE).parts[0] not in {"__init__.py", "__main__.py"}
)


def imported(path: Path) -> Iterator[str]:
    """Yield the first name of each module of the package that a file imports."""
    depth = len(path.relative_to(PACKAGE).parts)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            names = [node.module] if node.module else [alias.name for alias in node.names]
            yield from (name.split(".")[0] for name in names if name != "__version__")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path: Path) -> None:
    """A module imports only from earlier stations or from its own package."""
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if own in APART:
        assert set(imported(path)) <= {"errors"}
        return
    allowed = {name for name in RANK if RANK[name] < RANK[own]} | APART
    assert [name for name in imported(path) if name not in allowed] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_stay_short(path: Path) -> None:
    """A file has at most 300 lines."""
    assert path.read_text().count("\n") <= 300
