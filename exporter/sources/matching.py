"""Match a content with a followed file: how far they agree, and how they are related."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum, auto

from .comparison import (
    Common,
    agreed_marks,
    common_lines,
    is_recognised,
    peek,
    with_last_newline,
)
from .content import READ_ERRORS, Content, try_open
from .tailed_file import TailedFile


class Kind(IntEnum):
    """The relation of a content to a file with the same beginning; the greatest one wins."""

    PART = auto()  # has content of its own after the beginning
    COPY = auto()  # has only known content
    SAME = auto()  # is the file's content, which is nowhere else and continues here


@dataclass(frozen=True, slots=True)
class Match:
    """How far a content agrees with a file; `is_unsure`: its last lines may be known too.

    `held`: files whose whole lines are all in the content. `has_line`: the content has a whole
    line; `heads`: the digests of its first pieces.
    """

    kind: Kind
    offset: int
    file: TailedFile | None = None
    is_unsure: bool = False
    held: tuple[TailedFile, ...] = ()
    has_line: bool = True
    heads: tuple[bytes, ...] = ()

    @property
    def owner(self) -> TailedFile | None:
        """The file whose content it is."""
        return self.file if self.kind is Kind.SAME else None

    @property
    def original(self) -> TailedFile | None:
        """The file that it is a copy of."""
        return self.file if self.kind is Kind.COPY else None

    @classmethod
    def best(cls, found: Iterable["Match"]) -> "Match":
        """Return the match that agrees furthest, combined with the others.

        The first one describes only the content.
        """
        matches = tuple(found)
        best = max(matches, key=lambda match: (match.offset, match.kind))
        return replace(
            best,
            is_unsure=best.kind is Kind.PART and any(match.is_unsure for match in matches),
            held=tuple(file for match in matches for file in match.held),
            has_line=matches[0].has_line,
            heads=matches[0].heads,
        )


NEW = Match(Kind.PART, 0)
_AGAIN = 1 << 16  # bytes of a growing copy that are compared again


def match_with(file: TailedFile, content: Content, start: int) -> Match:
    """Compare a content with a file that it agrees with up to `start`."""
    other = reopened(file)
    if other is None:
        return _match_with_gone(file, content)
    try:
        common = common_lines(
            peek_lines(content, start, is_over=content.is_archive),
            peek_lines(other, start, is_over=other.is_archive or file.life.is_finished),
            start,
        )
        is_deleted = other.links == 0
    finally:
        other.close()
    # A deleted file that is still open is read to its end before anything else.
    return _match(file, content, common, is_same=is_deleted and common.other_ended)


def _match_with_gone(file: TailedFile, content: Content) -> Match:
    chain = file.identity.chain
    if chain.is_empty:  # unread, or from an older ledger
        return Match(Kind.SAME, file.offset, file) if file.holds(content) else NEW
    if not content.is_archive and is_recognised(content, chain):
        common = Common(chain.end.offset, ended=False, other_ended=True)
    else:
        common = agreed_marks(content, chain)
    return _match(file, content, common, is_same=common.other_ended)


def _match(file: TailedFile, content: Content, common: Common, *, is_same: bool) -> Match:
    kind = Kind.COPY if common.ended and not common.is_unsure else Kind.PART
    if is_same and file.holds(content):
        kind = Kind.SAME
    held = (file,) if common.other_ended else ()
    return Match(kind, common.offset, file, common.is_unsure, held)


def is_copy_still(path: str, file: TailedFile, size: int) -> bool:
    """Return True if all that a copy has gained since it had this size is in its file too."""
    try:
        content = Content(path)
        try:
            return content.size >= size and _goes_on_alike(content, file, max(0, size - _AGAIN))
        finally:
            content.close()
    except READ_ERRORS:
        return False


def _goes_on_alike(content: Content, file: TailedFile, start: int) -> bool:
    other = None if content.is_archive else reopened(file)
    if other is None:
        return False
    try:
        return common_lines(peek(content, start), peek(other, start), start).ended
    finally:
        other.close()


def peek_lines(content: Content, start: int, *, is_over: bool) -> Iterator[bytes]:
    """Iterate over a content from an offset on; complete the last line of a finished one."""
    data = peek(content, start)
    return with_last_newline(data) if is_over else data


def has_read(file: TailedFile, offset: int) -> bool:
    """Return True if a file was read up to an offset, or can be."""
    if file.identity.chain.end.offset >= offset:
        return True
    other = reopened(file)
    if other is not None:
        other.close()
    return other is not None


def reopened(file: TailedFile) -> Content | None:
    """Return a file's content, opened separately; None if it is not found."""
    try:
        if file.content is not None:
            return file.content.twin() if file.still_holds() else None
    except READ_ERRORS:
        return None
    _, inode = file.identity.inode
    paths = (file.names.path, *file.names.places(inode))
    return next(filter(None, (open_if_same(path, file) for path in paths)), None)


def open_if_same(path: str, file: TailedFile) -> Content | None:
    """Open a path if it has a file's inode and content."""
    content, _ = try_open(path)
    if content is None:
        return None
    try:
        if content.inode == file.identity.inode and file.holds(content):
            return content
    except READ_ERRORS:
        pass
    content.close()
    return None
