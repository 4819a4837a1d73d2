"""Try each file with each format, then with a guessed mapping."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..config import Config, Source
from ..formats.registry import AUTO, EVENTS
from ..formats.transforms import Rule
from ..pipeline.ownership import Owners
from ..sources import files_of
from ..values.masking import masked
from ..wrappers.rows import CSV
from . import report
from .attempts import Attempt, attempt, best, candidates
from .first_blocks import as_file, first_bytes
from .guessing import Shape, guess, objects, shape_of

# For fields without a name: the model is the same for all records until the user names it.
_STANDING_IN: dict[str, str | Rule] = {
    "timestamp": "NAME_OF_THE_TIME",
    "model": Rule(constant="my-model"),
}
_STREAMS = """
  The time must be before the events on their lines, in a header `date`, or in a wrapper:
  log with `curl -i`, or through Docker or journald; see docs/formats.md."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The text about all files, and whether each of them fits a format."""

    text: str
    all_fit: bool


def try_files(config: Config, arguments: Sequence[str]) -> Trial:
    """Try the files of paths and patterns; raises `ExporterError`."""
    owners = Owners(config.configured)
    paths = dict.fromkeys(path for argument in arguments for path in files_of(argument))
    trials = [_try_file(config, path, owners.of(path)) for path in paths]
    return Trial("\n".join(one.text for one in trials), all(one.all_fit for one in trials))


def _try_file(config: Config, path: str, configured: Source | None) -> Trial:
    with as_file(path) as file:
        head = first_bytes(file)
        if not head.strip():
            return Trial(f"{masked(path)}: is empty: nothing to try\n", all_fit=False)
        if configured is not None:
            found = attempt(config, configured, file)
            if found.fits:
                how = f"source {configured.name} of the configuration"
                return Trial(_fitting(config, path, found, how), all_fit=True)
        found = best([attempt(config, source, file) for source in candidates("try")])
        if found.fits and (found.has_amounts or not _finds_amounts(config, file, head)):
            how = "no format setting needed" if found.source.format == AUTO else _named(found)
            return Trial(_fitting(config, path, found, how), all_fit=True)
        return Trial(_unfitting(config, path, file, head, found), all_fit=False)


def _named(found: Attempt) -> str:
    return f"format: {found.source.format}"


def _fitting(config: Config, path: str, found: Attempt, how: str) -> str:
    text = f"{masked(path)}: fits ({how}); {report.summary(found)}\n"
    text += report.table(found, config) + report.reasons(found)
    return text if found.has_amounts else text + "  No record has tokens or costs.\n"


def _finds_amounts(config: Config, file: str, head: bytes) -> bool:
    """Return True if a guessed mapping reads tokens or costs."""
    shape = shape_of(head)
    mapping = guess(objects(config, file, shape, head))
    return "timestamp" in mapping and (
        attempt(config, _as_source(shape, {**_STANDING_IN, **mapping}), file).has_amounts
    )


def _unfitting(config: Config, path: str, file: str, head: bytes, found: Attempt) -> str:
    why = f"{_named(found)} reads no tokens or costs" if found.fits else "no format fits"
    text = f"{masked(path)}: {why}; {report.summary(found)}\n{report.reasons(found)}"
    if found.source.format in EVENTS:
        return f"{text}  The lines look like streamed answers ({_named(found)}).{_STREAMS}\n"
    shape = shape_of(head)
    records = objects(config, file, shape, head)
    if not records:
        return text + "No JSON object and no CSV header were found: no mapping can be guessed.\n"
    mapping = guess(records)
    lacking = [name for name in _STANDING_IN if name not in mapping]
    complete = {**_STANDING_IN, **mapping}
    text += "A mapping to start from, guessed from the names of the fields. Check it, then paste:\n"
    text += f"\n{report.snippet(_source(path, shape), complete)}{report.missing(lacking)}"
    if "timestamp" in lacking:
        return text + f"The records have: {', '.join(_names(records))}\n"
    trial = attempt(config, _as_source(shape, complete), file)
    return f"{text}\nWith it {report.summary(trial)}:\n{report.table(trial, config)}" + (
        report.reasons(trial)
    )


def _names(records: Sequence[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for record in records for name in record))[:40]


def _source(path: str, shape: Shape) -> dict[str, Any]:
    """Return a source for a file, as in a configuration."""
    place = {"type": "stdin"} if path == "-" else {"type": "file", "path": os.path.abspath(path)}  # noqa: PTH100 - it may hold any bytes
    found: dict[str, Any] = {"name": "my-log", **place}
    if shape.wrapper == CSV:
        found["format"] = "csv"
        if shape.delimiter != ",":
            found["delimiter"] = "tab" if shape.delimiter == "\t" else shape.delimiter
    return found


def _as_source(shape: Shape, mapping: dict[str, str | Rule]) -> Source:
    source = Source("try", "file", mapping=mapping)
    if shape.wrapper != CSV:
        return source
    return replace(source, format="csv", wrapper=CSV, delimiter=shape.delimiter)
