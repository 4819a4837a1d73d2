"""The landing page: version, readiness, links, and how far each file is read."""

import html
from collections.abc import Iterable

from .. import __version__
from ..sources import FileStatus
from ..values.texts import printable

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>ZenMux exporter</title>
<style>body{{font-family:sans-serif;margin:2em}}td,th{{padding:.2em .8em;text-align:left}}</style>
</head>
<body>
<h1>ZenMux exporter</h1>
<p>Prometheus metrics of ZenMux requests and insurance payouts. Version {version}, {state}.</p>
<ul>
<li><a href="/metrics">Metrics</a></li>
<li><a href="/-/healthy">Healthy</a></li>
<li><a href="/-/ready">Ready</a></li>
</ul>
<table>
<tr><th>Source</th><th>File</th><th>Bytes read</th><th>Bytes to read</th><th>Last error</th></tr>
{rows}</table>
</body>
</html>
"""


def landing_page(unready_reason: str, files: Iterable[FileStatus]) -> str:
    """Return the page as HTML; an empty reason means ready."""
    state = f"not ready: {html.escape(unready_reason)}" if unready_reason else "ready"
    return _PAGE.format(version=__version__, state=state, rows="".join(map(_row, files)))


def _row(file: FileStatus) -> str:
    cells = (
        file.source,
        file.path,
        f"{file.offset:,}",
        f"{file.lag_bytes:,}",
        file.last_error or "",
    )
    texts = (f"<td>{html.escape(printable(cell))}</td>" for cell in cells)
    return "<tr>" + "".join(texts) + "</tr>\n"
