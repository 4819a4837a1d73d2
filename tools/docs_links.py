"""Turn links to files outside docs/ into links to the repository, for the documentation site.

A MkDocs hook: https://www.mkdocs.org/user-guide/configuration/#hooks. A link to a file that does
not exist fails the build.
"""

import posixpath
import re
from pathlib import Path
from typing import Protocol

_LINK = re.compile(r"\]\((?P<target>(?:\.\./)+[^)#]*)(?P<anchor>#[^)]*)?\)")
_FENCE = re.compile(r"^( *)(```|~~~).*?^\1\2 *$", re.DOTALL | re.MULTILINE)


class File(Protocol):
    """The file of a page, as MkDocs passes it."""

    src_uri: str


class Page(Protocol):
    """A page, as MkDocs passes it."""

    file: File


def on_page_markdown(markdown: str, page: Page, config: dict[str, str], **_: object) -> str:
    """Return the page's text with links that also work on the site."""
    root = Path(config["docs_dir"]).parent

    def replaced(link: re.Match[str]) -> str:
        folder = posixpath.dirname(posixpath.join("docs", page.file.src_uri))
        target = posixpath.normpath(posixpath.join(folder, link["target"]))
        if not (root / target).exists():
            raise FileNotFoundError(f"{page.file.src_uri}: {link['target']} does not exist")
        if target.startswith("docs/"):
            return link[0]
        kind = "tree" if (root / target).is_dir() else "blob"
        return f"]({config['repo_url'].rstrip('/')}/{kind}/main/{target}{link['anchor'] or ''})"

    kept: list[str] = []
    end = 0
    for fence in _FENCE.finditer(markdown):
        kept += [_LINK.sub(replaced, markdown[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*kept, _LINK.sub(replaced, markdown[end:])])
