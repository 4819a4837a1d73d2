"""Names of rotated files, and the rotations of a log that nobody saw under its own name."""

import os
import re
import zlib

from .discover import siblings
from .register import Register
from .tracked import try_open

_NUMBER = r"[.-]\d[\d._:TZ-]*"
# Before the extension only a date tells a rotation: `app-2.log` is another program's log.
_DATE = r"[.-]\d{4}-?\d\d-?\d\d[\d._:TZ-]*"
_SUFFIX = re.compile(f"(?:{_NUMBER})?(?:\\.gz)?$")
_INFIX = re.compile(f"{_DATE}(?=\\.[A-Za-z]+$)")


def log_of(path: str) -> str:
    """The log's name that a rotated file's name tells; the path itself where it tells none."""
    directory, name = os.path.split(path)
    return os.path.join(directory, _INFIX.sub("", _SUFFIX.sub("", name, count=1)) or name)


def rotations(path: str) -> list[tuple[int, str]]:
    """(modification time in ns, path) of files named like rotations of a log, oldest first.

    `app.log` rotates to `app.log.1`, `app.log-20261101.gz`, `app-2026-11-01.log` and the like.
    """
    name = os.path.basename(os.path.realpath(path))
    stem, extension = os.path.splitext(name)
    pattern = re.compile(
        f"(?:{re.escape(name)}{_NUMBER}|{re.escape(stem)}{_DATE}{re.escape(extension)})(?:\\.gz)?"
    )
    found = []
    for sibling in siblings(path):
        if pattern.fullmatch(os.path.basename(sibling)):
            try:
                found.append((os.stat(sibling).st_mtime_ns, sibling))
            except OSError:
                continue
    # Of two that changed at the same moment, `.2` is older than `.1`.
    return sorted(sorted(found, reverse=True), key=lambda one: one[0])


def unseen_rotations(files: Register, path: str) -> list[str]:
    """Rotations since the newest one whose content is known, oldest first; none without such."""
    unseen: list[str] | None = None
    for _, sibling in rotations(path):
        content, _ = try_open(sibling)
        if content is None:
            continue
        try:
            known = files.owner(content) is not None
        except (OSError, zlib.error):
            continue
        finally:
            content.close()
        if known:
            unseen = []
        elif unseen is not None:
            unseen.append(sibling)
    return unseen or []
