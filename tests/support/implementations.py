"""Load both implementations side by side: interpreted sources, and modules compiled from them."""

import contextlib
import functools
import importlib
import os
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

import exporter

SOURCES = Path(exporter.__file__).parent
INSTALLED = Path(sysconfig.get_path("platlib")) / "exporter"
NAMES = ("interpreted", "compiled")


@dataclass(frozen=True, slots=True)
class Implementation:
    """One of the two implementations of the package; modules are imported by name."""

    name: str
    modules: dict[str, ModuleType]

    def module(self, name: str) -> ModuleType:
        """Return a module of the package, such as `formats.parser`."""
        with _installed(self.modules):
            found = importlib.import_module(f"exporter.{name}")
            self.modules.update(_loaded())
        return found


# Compiled modules are loaded once per process, so keep the modules they were loaded with.
@functools.cache
def load(name: str) -> Implementation:
    """Return an implementation; skip the test if these sources are not installed compiled."""
    if name == "interpreted":
        return Implementation(name, _loaded())
    reason = why_not_compiled()
    if reason:
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    compiled = Implementation(name, {})
    assert str(compiled.module("counting.counter").__file__).endswith(".so")
    return compiled


def why_not_compiled() -> str:
    """Return why the compiled implementation can't be tested; empty if it can."""
    if not any(INSTALLED.rglob("*.so")):
        return "the exporter is not installed with compiled modules"
    for source in SOURCES.rglob("*.py"):
        installed = INSTALLED / source.relative_to(SOURCES)
        if not installed.exists() or installed.read_bytes() != source.read_bytes():
            return f"the installed exporter is older than {source.name}"
    return ""


def _loaded() -> dict[str, ModuleType]:
    return {name: module for name, module in sys.modules.items() if _is_ours(name)}


def _is_ours(name: str) -> bool:
    return name == "exporter" or name.startswith("exporter.")


@contextlib.contextmanager
def _installed(modules: dict[str, ModuleType]) -> Iterator[None]:
    """Make only these modules of the package visible while more are imported."""
    earlier, path = _loaded(), list(sys.path)
    for name in earlier:
        del sys.modules[name]
    sys.modules.update(modules)
    sys.path.insert(0, str(INSTALLED.parent))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path[:] = path
        for name in _loaded():
            del sys.modules[name]
        sys.modules.update(earlier)
