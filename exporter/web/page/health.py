"""The exporter's health: a snapshot of its state, and its own facts as HTML."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ... import __version__
from ...formats.matches import Unmatched
from ...implementation import is_compiled
from ...pipeline.first_lines import SourceLines
from ...positions import ScrapeCursor
from ...sources import FileStatus, SourceStatus
from ..health import unready_reason
from ..protocols import GenerationIds, Pipeline
from .words import card, details, moment, safe, size, span

_NO_SCRAPER = "none yet: add a job to Prometheus"
_RELOADS = (
    ("zenmux_exporter_config_last_reload_successful", "The configuration"),
    ("zenmux_exporter_web_config_last_reload_successful", "The web configuration file"),
)


@dataclass(frozen=True, slots=True)
class Health:
    """A snapshot of the exporter's state; `reason`: why it is not ready, empty if it is.

    `ids`: for each source of generation ids, the open ones and the others by result.
    """

    reason: str
    sources: Sequence[SourceStatus]
    files: Sequence[FileStatus]
    lines: Mapping[str, SourceLines]
    unmatched: Mapping[str, Unmatched]
    scrapers: Mapping[str, ScrapeCursor]
    ids: Mapping[str, Mapping[str, int]]
    ledger: Path
    now: float


def observed(pipeline: Pipeline, now: float, ids: Sequence[GenerationIds] = ()) -> Health:
    """Take an immutable snapshot of a pipeline; call it from the event loop."""
    first_lines = pipeline.first_lines
    return Health(
        reason=unready_reason(pipeline),
        sources=tuple(pipeline.source_status),
        files=(*pipeline.files, *(file for one in ids for file in one.files)),
        lines={
            source: replace(one, rejected=dict(one.rejected))
            for source, one in first_lines.sources.items()
        },
        unmatched=first_lines.mappings.unmatched(),
        scrapers=dict(pipeline.state.scrapers),
        ids={one.name: dict(one.numbers) for one in ids},
        ledger=pipeline.queries.path,
        now=now,
    )


def facts(health: Health, process: Mapping[str, float]) -> str:
    """Return the card about the exporter; `process`: its metrics by name."""
    build = "compiled" if is_compiled() else "interpreted, so slower"
    begun = process.get("process_start_time_seconds", 0.0)
    return card(
        "Exporter",
        details(
            (
                ("State", state_of(health)),
                ("Version", f"{__version__}, {build}"),
                ("Running for", span(health.now - begun) if begun else ""),
                ("Ledger", safe(str(health.ledger))),
                ("Its size", _size_of(process)),
                ("Created", since(process)),
                ("Last written", _written(health, process)),
                ("Scrapers", _scrapers(health)),
                ("Configuration", _configuration(process)),
            )
        ),
    )


def state_of(health: Health) -> str:
    """Return `ready`, or why the totals are not complete."""
    if health.reason:
        return f'<span class="warn">not ready: {safe(health.reason)}</span>'
    return '<span class="good">ready</span>'


def since(process: Mapping[str, float]) -> str:
    """Return when the ledger was created."""
    created = process.get("zenmux_exporter_ledger_created_timestamp_seconds", 0.0)
    return f"{moment(int(created) * 1000)} UTC" if created else ""


def _size_of(process: Mapping[str, float]) -> str:
    found = int(process.get("zenmux_exporter_checkpoint_size_bytes", 0))
    return size(found) if found else ""


def _written(health: Health, process: Mapping[str, float]) -> str:
    at = process.get("zenmux_exporter_checkpoint_last_success_timestamp_seconds", 0.0)
    failures = int(process.get("zenmux_exporter_checkpoint_failures_total", 0))
    told = f"{span(health.now - at)} ago" if at else "not since the start"
    return (
        f'{told}, <span class="bad">failures since the start: {failures:,}</span>'
        if failures
        else told
    )


def _scrapers(health: Health) -> str:
    """Return the scrapers; a cursor's time is updated when it moves, or once an hour."""
    newest = sorted(health.scrapers.items(), key=lambda one: -one[1].seen_ms)
    told = (
        f"<li>{safe(name)}, noted {span(health.now - cursor.seen_ms / 1000)} ago</li>"
        for name, cursor in newest
    )
    return f'<ul class="plain">{"".join(told)}</ul>' if newest else _NO_SCRAPER


def _configuration(process: Mapping[str, float]) -> str:
    refused: Iterable[str] = (name for metric, name in _RELOADS if process.get(metric) == 0)
    told = "".join(
        f'<span class="bad">{name} was refused; the previous one is in use.</span> '
        for name in refused
    )
    return told or "in use as last loaded"
