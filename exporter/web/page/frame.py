"""A page's frame: head, links and foot, and the policy on what the browser may load."""

import base64
import hashlib
import html

from .script import SCRIPT
from .style import STYLE

_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Crect width='16' height='16' rx='4' fill='%230b5c94'/%3E"
    "%3Cpath d='M4 11V8m4 3V4m4 7V6' stroke='%23fff' stroke-width='2'/%3E%3C/svg%3E"
)
_FRAME = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="{icon}">
<style>{style}</style>
</head>
<body>
<header><h1>{heading}</h1>
<nav aria-label="Links">{links}</nav></header>
<main>
{main}</main>
<footer>{foot}</footer>
{script}</body>
</html>
"""
LINKS = (
    ("/metrics", "Metrics"),
    ("/api/v1/compensations", "API"),
    ("/-/healthy", "Healthy"),
    ("/-/ready", "Ready"),
    ("https://docs.zenmux.ai", "ZenMux documentation"),
)


def _hash(content: str) -> str:
    return base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


_STYLE_HASH = _hash(STYLE)
_NOTHING_ELSE = "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
STILL_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; {_NOTHING_ELSE}"
"""The policy of a page without a script: its own style and icon, and nothing else."""
LIVE_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; script-src 'sha256-{_hash(SCRIPT)}'; "
    f"connect-src 'self'; {_NOTHING_ELSE}"
)
"""The overview's policy: its own script, too, which may only request this exporter."""


def framed(title: str, main: str, foot: str, *, is_live: bool = False, home: bool = True) -> str:
    """Return a page; `title` is text, the rest HTML. `home`: whether it links the overview."""
    heading = html.escape(title)
    links = "".join(f'<a href="{address}">{name}</a>\n' for address, name in LINKS)
    return _FRAME.format(
        title=heading,
        heading=heading,
        links=('<a href="/">Overview</a>\n' if home else "") + links,
        main=main,
        foot=foot,
        icon=_ICON,
        style=STYLE,
        script=f"<script>{SCRIPT}</script>\n" if is_live else "",
    )
