"""Replace the generated section of a Markdown page, or check that it is up to date."""

import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def replace_section(text: str, name: str, section: str) -> str:
    """Return the page with a new section between `<!-- name -->` and `<!-- /name -->`."""
    start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, rest = text.split(start)
    return before + start + section + end + rest.split(end)[1]


def update(page: Path, render: Callable[[str], str]) -> int:
    """Write the rendered page; with `--check`, only return 1 if it differs."""
    text = page.read_text(encoding="utf-8")
    rendered = render(text)
    if "--check" in sys.argv[1:]:
        return int(rendered != text)
    page.write_text(rendered, encoding="utf-8")
    return 0
