"""CRC-32C (Castagnoli), the checksum that TSDB blocks use."""

_POLYNOMIAL = 0x82F63B78  # reversed


def _table() -> list[int]:
    table = []
    for start in range(256):
        rest = start
        for _ in range(8):
            rest = (rest >> 1) ^ _POLYNOMIAL if rest & 1 else rest >> 1
        table.append(rest)
    return table


_TABLE = _table()


def crc32c(data: bytes) -> int:
    """Return the checksum of some bytes."""
    table = _TABLE
    rest = 0xFFFFFFFF
    # Compiled code indexes faster than it iterates.
    for place in range(len(data)):
        rest = table[(rest ^ data[place]) & 0xFF] ^ (rest >> 8)
    return rest ^ 0xFFFFFFFF


def checked(data: bytes) -> bytes:
    """Return bytes followed by their checksum."""
    return data + crc32c(data).to_bytes(4, "big")
