"""Find the followed file whose content an open file holds.

A file is found by inode first, then by its first bytes. Entries may be out of date: they are
checked.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from ..positions import Fingerprint
from .content import READ_ERRORS, Content, try_open
from .fingerprints import fingerprint_of
from .paths import siblings
from .tailed_file import TailedFile


class FileIndex:
    """Every file that is or was followed."""

    def __init__(self, files: Iterable[TailedFile]) -> None:
        """Begin with the files known from before a restart."""
        self._files: dict[TailedFile, None] = {}
        self._by_inode: defaultdict[tuple[int, int], list[TailedFile]] = defaultdict(list)
        self._by_fingerprint: defaultdict[Fingerprint, list[TailedFile]] = defaultdict(list)
        self._lengths: set[int] = set()
        for file in files:
            self.add(file)

    def __iter__(self) -> Iterator[TailedFile]:
        """Iterate over the files in the order in which they were found."""
        return iter(tuple(self._files))

    def add(self, file: TailedFile) -> None:
        """Take in a new file."""
        self._files[file] = None
        self.update(file)

    def remove(self, file: TailedFile) -> None:
        """Drop a file that turned out to hold another one's content."""
        del self._files[file]
        at_inode = self._by_inode[file.identity.inode]
        if file in at_inode:
            at_inode.remove(file)

    def update(self, file: TailedFile) -> None:
        """Take note of a file's present inode and fingerprint."""
        inode, fingerprint = file.identity.inode, file.identity.fingerprint
        if file not in self._by_inode[inode]:
            self._by_inode[inode].append(file)
        if fingerprint.length and file not in self._by_fingerprint[fingerprint]:
            self._by_fingerprint[fingerprint].append(file)
            self._lengths.add(fingerprint.length)

    def at_inode(self, inode: tuple[int, int]) -> list[TailedFile]:
        """Return the files that were last seen at this device and inode."""
        return [file for file in self._by_inode.get(inode, ()) if file.identity.inode == inode]

    def owner(self, content: Content) -> TailedFile | None:
        """Return the file whose content this is; raise one of `READ_ERRORS`.

        A living file comes last: the content may be its copy.
        """
        for file in self.at_inode(content.inode):
            if not file.is_unidentified and file.holds(content):
                return file
        alike = [file for file in self._alike(content) if file.holds(content)]
        gone = (file for file in alike if not file.is_alive and not _stands(file))
        return next(gone, None) or next((file for file in alike if file.is_alive), None)

    def _alike(self, content: Content) -> Iterator[TailedFile]:
        begin = content.first_bytes()
        for length in sorted(self._lengths, reverse=True):
            if length <= len(begin):
                wanted = fingerprint_of(begin[:length])
                files = self._by_fingerprint.get(wanted, ())
                yield from (file for file in files if file.identity.fingerprint == wanted)

    def disown(self, content: Content, owner: TailedFile | None) -> None:
        """Take the inode from all but its owner: what they held may stand elsewhere."""
        for file in self.at_inode(content.inode):
            if file is not owner:
                file.identity.forget_inode()


def _stands(file: TailedFile) -> bool:
    """Return whether a closed file is where it was, or beside it under another name."""
    _, inode = file.identity.inode
    return any(_is_at(path, file) for path in (file.names.path, *siblings(file.names.path, inode)))


def _is_at(path: str, file: TailedFile) -> bool:
    content, _ = try_open(path)
    if content is None:
        return False
    try:
        return content.inode == file.identity.inode and file.holds(content)
    except READ_ERRORS:
        return False
    finally:
        content.close()
