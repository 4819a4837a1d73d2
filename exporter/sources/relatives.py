"""Skip lines that a relative has counted: a file that began like this one and was read further."""

from .comparison import Common, agreed_marks, common_lines, peek
from .content import READ_ERRORS, Content
from .matching import reopened
from .model import Block
from .tailed_file import TailedFile


def pass_known(file: TailedFile, now: float) -> Block | None:
    """Skip the next lines of a file as far as a relative has counted them."""
    content = file.content
    if content is None or file.is_overwritten(content):
        return None
    reached = max((_known_until(file, content, one) for one in tuple(file.relatives)), default=0)
    return file.pass_to(reached, now) if reached > file.offset else None


def limited(file: TailedFile, limit: int) -> int:
    """Return how much of a file to read, so that it stops where a relative started."""
    starts = (one.started - file.offset for one in file.relatives if one.started > file.offset)
    return min((limit, *starts))


def _known_until(file: TailedFile, content: Content, other: TailedFile) -> int:
    """Return how far another file has counted this one's lines; drop a relative that differs."""
    if not other.started <= file.offset < other.offset:
        return 0
    try:
        common = _common(file, content, other)
    except READ_ERRORS:
        return 0
    if common.offset < file.offset or not (common.ended or common.other_ended):
        file.relatives.remove(other)
    elif common.offset == other.offset and file not in other.relatives:
        other.relatives.append(file)  # from now on it is the one behind
    return common.offset


def _common(file: TailedFile, content: Content, other: TailedFile) -> Common:
    twin = reopened(other)
    if twin is None:
        return agreed_marks(content, other.identity.chain)
    start = file.identity.chain.piece_before(file.offset).offset
    try:
        return common_lines(peek(content, start), peek(twin, start, other.offset), start)
    finally:
        twin.close()
