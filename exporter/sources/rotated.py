"""Rotations of a log that nobody saw under its own name."""

import os
import re
import zlib
from collections.abc import Iterable

from .content import HEAD_BYTES, Content
from .discover import siblings
from .register import Register
from .tracked import try_open

_SETTLE_SECONDS = 1.0


def rotations(path: str) -> list[tuple[int, str]]:
    """(modification time in ns, path) of files named like rotations of a log, oldest first.

    `app.log` rotates to `app.log.1`, `app.log-20261101.gz`, `app-2026-11-01.log` and the like.
    """
    name = os.path.basename(os.path.realpath(path))
    stem, extension = os.path.splitext(name)
    number = r"[.-]\d[\d._:TZ-]*"
    pattern = re.compile(
        f"(?:{re.escape(name)}{number}|{re.escape(stem)}{number}{re.escape(extension)})(?:\\.gz)?"
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


class Newcomers:
    """Small new files beside a followed one: perhaps its copy, of which too little is there yet."""

    def __init__(self) -> None:
        """None seen."""
        self._first_seen: dict[str, tuple[int, float]] = {}

    def is_unsettled(
        self, path: str, content: Content, followed: Iterable[str], now: float
    ) -> bool:
        """Whether to look at the file again before it is taken for a new one."""
        size = content.size
        beside = any(path.startswith(one) and path != one for one in followed)
        if size >= HEAD_BYTES or not beside:
            self._first_seen.pop(path, None)
            return False
        seen_size, since = self._first_seen.get(path, (-1, now))
        if seen_size != size:
            self._first_seen[path] = (size, now)
            return True
        if now - since < _SETTLE_SECONDS:
            return True
        del self._first_seen[path]
        return False
