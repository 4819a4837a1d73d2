"""Find followed files with the same content or beginning as an open file.

Files are found by inode first, then by the digests of their first lines. Entries may be stale, so
each is checked.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeVar

from ..positions import Fingerprint
from .comparison import Heads
from .content import Content
from .fingerprints import fingerprint_of
from .matching import Kind, Match, has_read, match_with
from .tailed_file import TailedFile

Key = TypeVar("Key")


class FileIndex:
    """An index of all files that are or were followed."""

    def __init__(self, files: Iterable[TailedFile]) -> None:
        """Start with the files known from before a restart."""
        self._files: dict[TailedFile, None] = {}
        self._by_inode: defaultdict[tuple[int, int], list[TailedFile]] = defaultdict(list)
        self._by_head: defaultdict[bytes, dict[TailedFile, None]] = defaultdict(dict)
        self._by_fingerprint: defaultdict[Fingerprint, dict[TailedFile, None]] = defaultdict(dict)
        self._lengths: set[int] = set()
        for file in files:
            self.add(file)
        for file in self._files:
            self._restore_relatives(file)

    def __iter__(self) -> Iterator[TailedFile]:
        """Iterate over the files in the order in which they were found."""
        return iter(tuple(self._files))

    def add(self, file: TailedFile) -> None:
        """Add a new file."""
        self._files[file] = None
        self.update(file)

    def remove(self, file: TailedFile) -> None:
        """Remove a file that turned out to have another one's content."""
        del self._files[file]
        at_inode = self._by_inode[file.identity.inode]
        if file in at_inode:
            at_inode.remove(file)
        for head in file.identity.heads:
            self._by_head[head].pop(file, None)

    def forget(self, files: Collection[TailedFile]) -> None:
        """Remove files, also under inodes that they no longer have."""
        for file in files:
            del self._files[file]
        at_inode = {
            inode: [file for file in known if file not in files]
            for inode, known in self._by_inode.items()
        }
        self._by_inode = defaultdict(list, {key: known for key, known in at_inode.items() if known})
        self._by_head = defaultdict(dict, _without(files, self._by_head))
        self._by_fingerprint = defaultdict(dict, _without(files, self._by_fingerprint))
        self._lengths = {fingerprint.length for fingerprint in self._by_fingerprint}

    def update(self, file: TailedFile) -> None:
        """Index a file's current inode and first lines."""
        identity = file.identity
        at_inode = self._by_inode[identity.inode]
        if file not in at_inode:
            at_inode.append(file)
        for head in identity.heads:
            self._by_head[head][file] = None
        if not identity.heads and identity.fingerprint.length:
            self._by_fingerprint[identity.fingerprint][file] = None
            self._lengths.add(identity.fingerprint.length)

    def at_inode(self, inode: tuple[int, int]) -> list[TailedFile]:
        """Return the files that were last seen at this device and inode."""
        return [file for file in self._by_inode.get(inode, ()) if file.identity.inode == inode]

    def disown(self, content: Content, owner: TailedFile | None) -> None:
        """Remove the inode from all files but its owner: their content may be elsewhere."""
        for file in self.at_inode(content.inode):
            if file is not owner:
                file.identity.forget_inode()

    def find(self, content: Content) -> Match:
        """Return how far a content matches known files; raise one of `READ_ERRORS`."""
        for file in self.at_inode(content.inode):
            if not file.life.is_unidentified and file.holds(content):
                return Match(Kind.COPY if file.is_alive else Kind.SAME, file.offset, file)
        heads = Heads(content)
        found = [match_with(file, content, 0) for file in self._of_older_ledgers(content)]
        for depth in range(self._depth(heads), 0, -1):
            found += self._at_depth(content, heads, depth)
            if any(match.offset >= heads.offset(depth) for match in found):
                break
        own = Match(Kind.PART, 0, has_line=heads.has_line, heads=heads.digests)
        return Match.best((own, *found))

    def _depth(self, heads: Heads) -> int:
        """Return how many first pieces of a content a known file has too."""
        digests = heads.digests
        known = (n for n in range(len(digests), 0, -1) if self._by_head.get(digests[n - 1]))
        return next(known, 0)

    def _at_depth(self, content: Content, heads: Heads, depth: int) -> Iterator[Match]:
        """Compare a content with the files that share its first `depth` pieces."""
        alike = tuple(self._by_head[heads.digests[depth - 1]])
        start = heads.offset(depth)
        if heads.differs_at(depth):
            # The next line differs from those of files that share more pieces.
            longer = (file for file in alike if len(file.identity.heads) > depth)
            teller = next((file for file in longer if has_read(file, start)), None)
            if teller is not None:
                yield Match(Kind.PART, start, teller)
            alike = tuple(file for file in alike if len(file.identity.heads) == depth)
        for file in alike:
            yield match_with(file, content, start)

    def _of_older_ledgers(self, content: Content) -> Iterator[TailedFile]:
        begin = content.first_bytes() if self._lengths else b""
        for length in sorted(self._lengths, reverse=True):
            if length <= len(begin):
                wanted = fingerprint_of(begin[:length])
                for file in self._by_fingerprint.get(wanted, ()):
                    if file.identity.fingerprint == wanted and not file.identity.heads:
                        yield file

    def _restore_relatives(self, file: TailedFile) -> None:
        chain = file.identity.chain
        for head in file.identity.heads[-1:]:
            for other in self._by_head[head]:
                if chain.may_begin(other.identity.chain):
                    file.relatives.append(other)


def _without(
    files: Collection[TailedFile], found: Mapping[Key, dict[TailedFile, None]]
) -> dict[Key, dict[TailedFile, None]]:
    kept = {
        key: {file: None for file in known if file not in files} for key, known in found.items()
    }
    return {key: known for key, known in kept.items() if known}
