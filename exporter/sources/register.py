"""The register of followed files: whose content is it that an open file holds?

Found by inode first, then by the first bytes. Entries may be out of date: they are checked.
"""

import os
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator

from .content import HEAD_BYTES, Content, head_of
from .discover import siblings
from .model import Head
from .tracked import Tracked, try_open


class Register:
    """Every file that is or was followed."""

    def __init__(self, files: Iterable[Tracked]) -> None:
        """The files known from before a restart."""
        self._files: dict[Tracked, None] = {}
        self._by_identity: defaultdict[tuple[int, int], list[Tracked]] = defaultdict(list)
        self._by_head: defaultdict[Head, list[Tracked]] = defaultdict(list)
        self._lengths: set[int] = set()
        for file in files:
            self.add(file)

    def __iter__(self) -> Iterator[Tracked]:
        """The files in the order in which they were found."""
        return iter(tuple(self._files))

    def add(self, file: Tracked) -> None:
        """A new file."""
        self._files[file] = None
        self.note(file)

    def remove(self, file: Tracked) -> None:
        """The file turned out to be another one's content."""
        del self._files[file]
        self._by_identity[file.identity].remove(file)

    def note(self, file: Tracked) -> None:
        """The file's identity or fingerprint has changed."""
        if file not in self._by_identity[file.identity]:
            self._by_identity[file.identity].append(file)
        if file.head.length and file not in self._by_head[file.head]:
            self._by_head[file.head].append(file)
            self._lengths.add(file.head.length)

    def by_identity(self, identity: tuple[int, int]) -> list[Tracked]:
        """The files that were last seen at this device and inode."""
        return [file for file in self._by_identity.get(identity, ()) if file.identity == identity]

    def owner(self, content: Content) -> Tracked | None:
        """The file whose content this is; a living one last: the content may be its copy."""
        identity = (content.device, content.inode)
        same = [f for f in self.by_identity(identity) if not f.blank and f.holds(content)]
        if same:
            return same[0]
        alike = [file for file in self._alike(content) if file.holds(content)]
        gone = (file for file in alike if not file.is_alive and not _stands(file))
        return next(gone, None) or next((file for file in alike if file.is_alive), None)

    def _alike(self, content: Content) -> Iterator[Tracked]:
        begin = content.begin()
        for length in sorted(self._lengths, reverse=True):
            if length <= len(begin):
                head = head_of(begin[:length])
                yield from (f for f in self._by_head.get(head, ()) if f.head == head)

    def disown(self, content: Content, owner: Tracked | None) -> None:
        """Another content has the inode now: what was read from it may stand elsewhere."""
        for file in self.by_identity((content.device, content.inode)):
            if file is not owner:
                file.identity = (0, 0)


def is_copy(known: Tracked, content: Content, path: str) -> bool:
    """Whether a file that begins like a living one is its copy: surely if 1 KiB agrees."""
    if known.identity == (content.device, content.inode):
        return True
    if known.rotated and path == known.origin:
        return False  # its successor
    if known.head.length >= HEAD_BYTES:
        return True
    original = known.content
    is_plain = original is not None and known.holds(original) and not content.is_gzip
    if original is not None and is_plain and content.size > original.size:
        return False
    names = map(os.path.basename, (known.path, *known.names))
    return any(map(os.path.basename(path).startswith, names))


def _stands(file: Tracked) -> bool:
    """Whether a closed file is where it was, or beside it under another name."""
    for path in (file.path, *siblings(file.path, file.identity[1])):
        content, _ = try_open(path)
        if content is None:
            continue
        try:
            if (content.device, content.inode) == file.identity and file.holds(content):
                return True
        except (OSError, zlib.error):
            continue
        finally:
            content.close()
    return False
