"""Text that may contain bytes that are not UTF-8: file names, arguments, HTTP headers.

Python decodes such bytes to lone surrogates (PEP 383, `surrogateescape`), which UTF-8, JSON and
SQLite refuse. Text is made printable, or a path escaped reversibly, before it gets there.
"""

import re

_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED_BYTE = re.compile("[\udc80-\udcff]")
_BYTE_IN_PATH = re.compile("\0([0-9a-f]{2})")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # C0, DEL and C1
_SURROGATE_BASE = 0xDC00  # PEP 383 adds this to a byte


def printable(text: str) -> str:
    r"""Replace bytes that are not UTF-8 with `\xNN`, other lone surrogates with U+FFFD."""
    return text if text.isascii() else _SURROGATE.sub(_replacement, text)


def as_label(text: str) -> str:
    r"""Replace control characters with `\\xNN` too, so that the text can be a label's value."""
    return CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", printable(text))


def escape_path(path: str) -> str:
    r"""Write bytes that are not UTF-8 as NUL and two hex digits; `unescape_path` restores them.

    No path holds a NUL of its own, so the escaped form is unambiguous.
    """
    return _ESCAPED_BYTE.sub(lambda found: f"\0{ord(found[0]) - _SURROGATE_BASE:02x}", path)


def unescape_path(text: str) -> str:
    """Restore the path that `escape_path` was given."""
    return _BYTE_IN_PATH.sub(lambda found: chr(_SURROGATE_BASE + int(found[1], 16)), text)


def _replacement(found: re.Match[str]) -> str:
    byte = ord(found[0]) - _SURROGATE_BASE
    return f"\\x{byte:02x}" if 0x80 <= byte <= 0xFF else "\ufffd"
