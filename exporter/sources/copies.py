"""Find common beginnings of files that are read one after the other, so that each counts once."""

from collections import defaultdict
from dataclasses import dataclass

from .comparison import Common, Heads, common_lines, peek, with_last_newline
from .content import READ_ERRORS, Content
from .model import STDIN


@dataclass(frozen=True, slots=True)
class Beginning:
    """The offset of a file's first line that no earlier one has; `is_copy`: there is none."""

    offset: int
    is_copy: bool


_NEW = Beginning(0, is_copy=False)


@dataclass(frozen=True, slots=True)
class _Earlier:
    path: str
    depth: int  # how many of its first pieces are known


class Beginnings:
    """Beginnings of paths, each compared with all earlier ones."""

    def __init__(self) -> None:
        """Start with no known path."""
        self._inodes: set[tuple[int, int]] = set()
        self._by_head: defaultdict[bytes, list[_Earlier]] = defaultdict(list)

    def look(self, path: str) -> Beginning:
        """Return where a path's own lines begin; ignore read errors, which reading will raise."""
        if path == STDIN:
            return _NEW
        try:
            content = Content(path)
            try:
                return self._look(path, content)
            finally:
                content.close()
        except READ_ERRORS:
            return _NEW

    def _look(self, path: str, content: Content) -> Beginning:
        heads = Heads(content, is_over=True)
        common = self._common(content, heads)
        is_known = content.inode in self._inodes
        self._inodes.add(content.inode)
        earlier = _Earlier(path, len(heads.digests))
        for head in heads.digests:
            self._by_head[head].append(earlier)
        return Beginning(common.offset, common.ended or is_known)

    def _common(self, content: Content, heads: Heads) -> Common:
        for depth in range(len(heads.digests), 0, -1):
            alike = self._by_head.get(heads.digests[depth - 1], ())
            start = heads.offset(depth)
            found = []
            if heads.differs_at(depth):
                # The next line differs from those of files that share more pieces.
                if any(earlier.depth > depth for earlier in alike):
                    found.append(Common(start, ended=False, other_ended=False))
                alike = [earlier for earlier in alike if earlier.depth == depth]
            found += (_compared(content, earlier.path, start) for earlier in alike)
            if found:
                return max(found, key=lambda common: (common.offset, common.ended))
        return Common(0, ended=False, other_ended=False)


def _compared(content: Content, path: str, start: int) -> Common:
    try:
        other = Content(path)
    except OSError:
        return Common(start, ended=False, other_ended=False)
    try:
        one, two = (with_last_newline(peek(one, start)) for one in (content, other))
        return common_lines(one, two, start)
    finally:
        other.close()
