"""A rendered exposition as bytes: made in steps, shared by responses, with an end of their own.

Joining, encoding or compressing a large exposition at once would hold up every other thread.
"""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_LEVEL = 3
# Each part gives the interpreter away, and gets it back late where lines are counted meanwhile.
_PART_LENGTH = 1 << 20
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Body:
    """Parts of a response; `checksum` and `length` are of the content where it is compressed."""

    parts: tuple[bytes, ...]
    checksum: int = 0
    length: int = 0

    @property
    def size(self) -> int:
        """How many bytes it is."""
        return sum(map(len, self.parts))


def plain_body(lines: Iterable[str]) -> Body:
    """Return lines as they are."""
    return Body(tuple(_encoded(lines)))


def plain_end(_body: Body, end: bytes) -> bytes:
    """Return the end of a response."""
    return end


def gzip_body(lines: Iterable[str]) -> Body:
    """Return lines compressed, so that `gzip_end` completes them to one stream of gzip."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    parts, checksum, length = [_HEADER], 0, 0
    for part in _encoded(lines):
        checksum = zlib.crc32(part, checksum)
        length += len(part)
        parts.append(packer.compress(part))
    # Ends with a whole byte and without the mark of the last block.
    parts.append(packer.flush(zlib.Z_SYNC_FLUSH))
    return Body(tuple(filter(None, parts)), checksum, length)


def gzip_end(body: Body, end: bytes) -> bytes:
    """Return the compressed end of a response that begins with a body of `gzip_body`."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    checksum = zlib.crc32(end, body.checksum)
    length = (body.length + len(end)) & 0xFFFFFFFF
    trailer = checksum.to_bytes(4, "little") + length.to_bytes(4, "little")
    return packer.compress(end) + packer.flush() + trailer


def joined(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines joined to texts of about a million characters."""
    part: list[str] = []
    length = 0
    for line in lines:
        part.append(line)
        length += len(line)
        if length >= _PART_LENGTH:
            yield "".join(part)
            part, length = [], 0
    yield "".join(part)


def _encoded(lines: Iterable[str]) -> Iterator[bytes]:
    return map(str.encode, joined(lines))
