"""A rendered exposition as bytes, made in steps and shared by responses that add an end.

Joining, encoding or compressing a large exposition at once would hold up every other thread.
"""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_LEVEL = 3
# Each part releases the GIL, and waits long to get it back while lines are being counted.
_PART_LENGTH = 1 << 20
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Body:
    """Parts of a response; `checksum` and `length` are those of the content if it is compressed."""

    parts: tuple[bytes, ...]
    checksum: int = 0
    length: int = 0

    @property
    def size(self) -> int:
        """The size in bytes."""
        return sum(map(len, self.parts))


def plain_body(lines: Iterable[str]) -> Body:
    """Return an uncompressed body."""
    return Body(tuple(_encoded(lines)))


def plain_end(_body: Body, end: bytes) -> bytes:
    """Return the uncompressed end of a response."""
    return end


def gzip_body(lines: Iterable[str]) -> Body:
    """Return a compressed body, which `gzip_end` completes to one gzip stream."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    parts, checksum, length = [_HEADER], 0, 0
    for part in _encoded(lines):
        checksum = zlib.crc32(part, checksum)
        length += len(part)
        parts.append(packer.compress(part))
    # A sync flush ends on a byte boundary and does not mark the last block.
    parts.append(packer.flush(zlib.Z_SYNC_FLUSH))
    return Body(tuple(filter(None, parts)), checksum, length)


def gzip_end(body: Body, end: bytes) -> bytes:
    """Return the compressed end of a response that begins with `body`."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    checksum = zlib.crc32(end, body.checksum)
    length = (body.length + len(end)) & 0xFFFFFFFF
    trailer = checksum.to_bytes(4, "little") + length.to_bytes(4, "little")
    return packer.compress(end) + packer.flush() + trailer


def joined(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines, joined to texts of about a million characters."""
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
