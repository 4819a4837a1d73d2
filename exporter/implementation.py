"""Choose the implementation of the hot modules: compiled, or the same source interpreted.

The compiled modules are beside their sources, where Python finds them first. With
`ZENMUX_EXPORTER_INTERPRETED=1` in the environment only sources are imported.
"""

import importlib.util
import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    FileFinder,
    ModuleSpec,
    SourceFileLoader,
)
from types import ModuleType

SWITCH = "ZENMUX_EXPORTER_INTERPRETED"
_OFF = ("", "0", "false", "no")
_PACKAGE = f"{__package__}."
# All hot modules are compiled or none is, so it is enough to look at one.
_HOT_MODULE = ".counting.counter"


class SourceFinder(MetaPathFinder):
    """A finder that imports the package's modules from their sources."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a module of the package, None for any other."""
        if path is None or not fullname.startswith(_PACKAGE):
            return None
        for directory in path:
            finder = FileFinder(directory, (SourceFileLoader, SOURCE_SUFFIXES))
            found = finder.find_spec(fullname)
            if found is not None:
                return found
        return None


def choose() -> None:
    """Import sources only, if the environment says so; call it before any other import."""
    if _switched_off():
        sys.meta_path.insert(0, SourceFinder())


def is_compiled() -> bool:
    """Return True if the hot modules in use are compiled."""
    spec = importlib.util.find_spec(_HOT_MODULE, __package__)
    return spec is not None and str(spec.origin).endswith(tuple(EXTENSION_SUFFIXES))


def told() -> str:
    """Return a sentence about the build in use, and how to get a faster one."""
    if is_compiled():
        return "the exporter is compiled"
    return f"the exporter runs interpreted, at less than half the speed: {faster()}"


def faster() -> str:
    """Return how to get the compiled build."""
    if _switched_off():
        return f"unset {SWITCH}"
    return (
        "install a C compiler (on Debian: gcc libc6-dev python3-dev), then the exporter again "
        "(in a clone: make install)"
    )


def _switched_off() -> bool:
    return os.environ.get(SWITCH, "").lower() not in _OFF
