"""Find where to begin reading so that a record that spans an offset is whole.

Counting may begin after lines that another file has, and so within a record of several lines, a
message of several parts, or an array. The content before is then read again, but not counted.
"""

from ..wrappers import PATIENCE, is_object, told_by
from .comparison import peek
from .content import Content
from .cutters import AUTO, LINES
from .document_cutter import DOCUMENT, is_document
from .nuls import NUL

_TAIL_BYTES = 1 << 16


def resume_at(content: Content, offset: int, wrapper: str, max_line: int) -> int:
    """Return where to read from to count from the end of a line; raise one of `READ_ERRORS`.

    That is the offset itself if nothing can be unfinished there. Otherwise it is far enough before
    it that anything begun earlier is given up by then; for an array it is the start.
    """
    if not offset or _is_array(content, wrapper):
        return 0
    begin = max(0, offset - (PATIENCE + 1) * max_line)
    at, end, tail = 0, begin, b""
    for data in peek(content, begin, offset):
        if begin and not at and b"\n" in data:
            at = end + data.index(b"\n") + 1
        end += len(data)
        tail = (tail + data)[-_TAIL_BYTES:]
    is_plain = wrapper in {AUTO, LINES, ""}
    return offset if is_plain and _is_settled(tail, is_all=len(tail) == offset) else at


def _is_array(content: Content, wrapper: str) -> bool:
    if wrapper in {AUTO, ""}:
        return is_document(content.first_bytes()) is not False
    return wrapper == DOCUMENT


def _is_settled(tail: bytes, *, is_all: bool) -> bool:
    """Return True if nothing can be unfinished after these lines, if they have no wrapper.

    An object alone on its line may be a value in a larger one, but two in a row can't.
    """
    if NUL in tail:
        return False
    lines = [line for line in tail.split(b"\n") if line.strip()]
    if not is_all:
        del lines[:1]  # it may be incomplete
    enough = 1 if is_all and len(lines) == 1 else 2
    last = lines[-2:]
    return len(last) == enough and all(_is_alone(line) for line in last)


def _is_alone(line: bytes) -> bool:
    text = line.strip()
    return text.startswith(b"{") and is_object(text) and not told_by(text)
