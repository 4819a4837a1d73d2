"""The landing page: version, readiness, links, and how each source and each file is read."""

import base64
import hashlib
import html
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, starmap

from .. import __version__
from ..formats.matches import Unmatched
from ..pipeline.first_lines import SourceLines, remedy_of
from ..pipeline.mapping_troubles import REMEDY
from ..sources import FileState, FileStatus, SourceStatus
from ..values.masking import masked
from ..values.texts import as_label

_SHOWN_FILES = 1000
_GOOD = (FileState.reading, FileState.done, FileState.copy)
_STYLE = """body{font-family:sans-serif;margin:2em}\
td,th{padding:.2em .8em;text-align:left;vertical-align:top}"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing but the page's own style: no script, and nothing from elsewhere."""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>ZenMux exporter</title>
<style>{style}</style>
</head>
<body>
<h1>ZenMux exporter</h1>
<p>Prometheus metrics of ZenMux requests and insurance payouts. Version {version}, {state}.</p>
<ul>
<li><a href="/metrics">Metrics</a></li>
<li><a href="/-/healthy">Healthy</a></li>
<li><a href="/-/ready">Ready</a></li>
</ul>
<h2>Sources</h2>
<table>
<tr><th>Source</th><th>Path</th><th>Files</th><th>Bytes to read</th>\
<th>Rejected lines and other troubles since the start</th></tr>
{sources}</table>
{ids}<h2>Files</h2>
<table>
<tr><th>Source</th><th>File</th><th>State</th><th>Bytes read</th><th>Bytes to read</th>\
<th>Last error</th></tr>
{files}</table>
{more}</body>
</html>
"""


_IDS = """<h2>Generation ids</h2>
<table>
<tr><th>Source</th><th>Ids since the start</th></tr>
{rows}</table>
"""


def landing_page(
    unready_reason: str,
    sources: Iterable[SourceStatus],
    files: Sequence[FileStatus],
    lines: Mapping[str, SourceLines],
    mappings: Mapping[str, Unmatched] | None = None,
    ids: Mapping[str, Mapping[str, int]] | None = None,
) -> str:
    """Return the page as HTML; an empty reason means ready. Files in trouble come first.

    `mappings`: what of a source's mapping matches nothing. `ids`: how many generation ids of a
    source are open, and what became of the others.
    """
    unmatched = mappings or {}
    state = f"not ready: {html.escape(unready_reason)}" if unready_reason else "ready"
    ordered = sorted(files, key=lambda file: file.state in _GOOD and not file.last_error)
    more = len(files) - _SHOWN_FILES
    return _PAGE.format(
        style=_STYLE,
        version=__version__,
        state=state,
        sources="".join(
            _source(one, lines.get(one.source), unmatched.get(one.source)) for one in sources
        ),
        ids=_IDS.format(rows="".join(starmap(_ids, ids.items()))) if ids else "",
        files="".join(map(_file, islice(ordered, _SHOWN_FILES))),
        more=f"<p>And {more:,} more files.</p>\n" if more > 0 else "",
    )


def _source(status: SourceStatus, lines: SourceLines | None, unmatched: Unmatched | None) -> str:
    numbers = (f"{number:,} {state.value}" for state, number in status.files.items() if number)
    return _row(
        status.source,
        status.path,
        ", ".join(numbers) or "none",
        f"{status.lag_bytes:,}",
        "; ".join(filter(None, (_rejected(lines), _unmatched(unmatched)))),
    )


def _ids(source: str, numbers: Mapping[str, int]) -> str:
    return _row(source, ", ".join(f"{number:,} {word}" for word, number in numbers.items()))


def _unmatched(unmatched: Unmatched | None) -> str:
    """Return which fields of a mapping match nothing, and what the records have."""
    if unmatched is None:
        return ""
    fields, seen = ", ".join(unmatched.fields), ", ".join(unmatched.seen)
    return f"the mapping matches nothing for {fields}; the records have {seen}: {REMEDY}"


def _rejected(lines: SourceLines | None) -> str:
    """Return the numbers of rejected lines by reason, each with the place of the first."""
    if lines is None:
        return ""
    parts = [
        f"{reason.value}: {one.lines:,}, the first in {one.file} at byte {one.offset:,}"
        for reason, one in lines.rejected.items()
    ]
    if lines.is_all_invalid:
        reason, _ = lines.most_frequent
        parts.append(f"none of {lines.lines:,} lines is a valid record: {remedy_of(reason)}")
    return "; ".join(parts)


def _file(file: FileStatus) -> str:
    return _row(
        file.source,
        file.path,
        file.state.value if file.files == 1 else f"{file.files:,} {file.state.value}",
        f"{file.offset:,}",
        f"{file.lag_bytes:,}",
        file.last_error,
    )


def _row(source: str, *cells: str) -> str:
    # The name of a source is its user's choice.
    shown = (source, *map(masked, cells))
    texts = (f"<td>{html.escape(as_label(text))}</td>" for text in shown)
    return "<tr>" + "".join(texts) + "</tr>\n"
