"""Where to begin reading so that a record that spans an offset is whole.

Counting may begin behind lines that another file has, in the midst of a record over several lines,
of parts that are joined, or of an array. What stands before is then read again, but not counted.
"""

import msgspec

from .comparison import peek
from .content import Content
from .cutters import AUTO
from .document_cutter import DOCUMENT, is_document

_LINE_BYTES = 1 << 16
_PART = "log"  # the message of a container's line, which ends with a newline if it is whole


def resume_at(content: Content, offset: int, wrapper: str) -> int:
    """Return where to read from if counting begins at the end of a line; raise `READ_ERRORS`.

    That is the offset itself where the line before is an object alone, else the content's start.
    """
    if not offset:
        return 0
    if wrapper == DOCUMENT or (wrapper in {AUTO, ""} and is_document(content.first_bytes())):
        return 0
    before = b"".join(peek(content, max(0, offset - _LINE_BYTES), offset))
    line = before.rstrip(b"\r\n").rpartition(b"\n")[2]
    return offset if _is_object(line) else 0


def _is_object(line: bytes) -> bool:
    try:
        found = msgspec.json.decode(line)
    except (ValueError, RecursionError):
        return False
    if not isinstance(found, dict):
        return False
    message = found.get(_PART)
    return not isinstance(message, str) or message.endswith("\n")
