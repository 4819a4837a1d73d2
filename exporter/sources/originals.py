"""Paths in order in, whether each holds what none before it held out.

By the rules of the live exporter: a second name, or a copy such as a log's archive, counts nothing.
"""

import os
import zlib
from collections import defaultdict

from .content import HEAD_BYTES, Content, head_of
from .model import Head
from .tracked import TELLING_BYTES


class Originals:
    """The contents that paths led to so far."""

    def __init__(self) -> None:
        """None yet."""
        self._identities: set[tuple[int, int]] = set()
        self._names: defaultdict[Head, list[str]] = defaultdict(list)

    def is_first(self, path: str) -> bool:
        """Whether the content is new; so is what can't be read: its reading will tell why."""
        if path == "-":
            return True
        try:
            identity, begin = _look(path)
        except (OSError, zlib.error):
            return True
        is_copy = self._is_copy(begin, os.path.basename(path))
        if identity in self._identities:
            return False
        self._identities.add(identity)
        return not is_copy

    def _is_copy(self, begin: bytes, name: str) -> bool:
        names = self._names[head_of(begin)]
        alike = bool(names) if len(begin) >= HEAD_BYTES else any(map(name.startswith, names))
        names.append(name)
        return alike and len(begin) >= TELLING_BYTES


def _look(path: str) -> tuple[tuple[int, int], bytes]:
    content = Content(path)
    try:
        return (content.device, content.inode), content.begin()
    finally:
        content.close()
