"""The names of rotated files."""

import os
import re

from .archive_kinds import KINDS
from .paths import siblings

_NUMBER = r"[.-]\d[\d._:TZ-]*"
# Before the extension only a date means a rotation: `app-2.log` is another program's log.
_DATE = r"[.-]\d{4}-?\d\d-?\d\d[\d._:TZ-]*"
_PACKED = f"(?:{'|'.join(re.escape(kind.suffix) for kind in KINDS)})?"
_SUFFIX = re.compile(f"(?:{_NUMBER})?{_PACKED}$")
_INFIX = re.compile(f"{_DATE}(?=\\.[A-Za-z]+$)")


def log_of(path: str) -> str:
    """Return the path of the log that a file was rotated from by its name, else its own path."""
    directory, name = os.path.split(path)
    return os.path.join(directory, _INFIX.sub("", _SUFFIX.sub("", name, count=1)) or name)


def rotations(path: str) -> list[str]:
    """Return the files that are named like rotations of a log, oldest first.

    `app.log` rotates to `app.log.1`, `app.log-20261101.gz`, `app-2026-11-01.log` and the like.
    """
    name = os.path.basename(os.path.realpath(path))
    stem, extension = os.path.splitext(name)
    pattern = re.compile(
        f"(?:{re.escape(name)}{_NUMBER}|{re.escape(stem)}{_DATE}{re.escape(extension)}){_PACKED}"
    )
    found = []
    for sibling in siblings(path):
        if pattern.fullmatch(os.path.basename(sibling)):
            try:
                found.append((os.stat(sibling).st_mtime_ns, sibling))
            except OSError:
                continue
    # Of two with the same modification time, `.2` is older than `.1`.
    return [one for _, one in sorted(sorted(found, reverse=True), key=lambda one: one[0])]
