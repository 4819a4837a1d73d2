"""Complete cyclonedx-py's SBOM of the lock file: add version, licences and dependency graph."""

from collections.abc import Mapping, Sequence
from importlib.metadata import Distribution
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from .licences import licence


def completed(
    document: dict[str, Any], version: str, direct: Sequence[str], found: Sequence[Distribution]
) -> dict[str, Any]:
    """Return the SBOM of a version that requires `direct`, with details of the distributions."""
    root = {**document["metadata"]["component"], "version": version}
    by_name = {canonicalize_name(one.name): one for one in found}
    refs = {canonicalize_name(one["name"]): one["bom-ref"] for one in document["components"]}
    components = [_component(one, by_name) for one in document["components"]]
    graph = [_needs(root["bom-ref"], direct, refs)]
    for name, ref in refs.items():
        needed = by_name[name].requires if name in by_name else None
        graph.append(_needs(ref, needed or (), refs))
    metadata = {**document["metadata"], "component": root}
    return {**document, "metadata": metadata, "components": components, "dependencies": graph}


def _component(
    entry: dict[str, Any], found: Mapping[NormalizedName, Distribution]
) -> dict[str, Any]:
    """Return a component with its licence, without the line of the lock file."""
    made = {name: value for name, value in entry.items() if name != "description"}
    distribution = found.get(canonicalize_name(entry["name"]))
    if distribution is not None:
        made["licenses"] = [{"expression": licence(distribution)}]
    return made


def _needs(ref: str, needed: Sequence[str], refs: Mapping[NormalizedName, str]) -> dict[str, Any]:
    """Return the dependencies of a component, as far as they are locked."""
    names = {canonicalize_name(Requirement(one).name) for one in needed}
    return {"ref": ref, "dependsOn": sorted(refs[name] for name in names & refs.keys())}
