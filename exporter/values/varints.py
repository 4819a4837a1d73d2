"""Integers of variable length, as protobuf and Go's `encoding/binary` write them."""


def uvarint(number: int) -> bytes:
    """Encode an unsigned integer: seven bits a byte, lowest first."""
    if number < 0x80:
        return _SHORT[number]
    parts = bytearray()
    while number >= 0x80:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)


def varint(number: int) -> bytes:
    """Encode a signed integer (zigzag): small ones are short, whatever their sign."""
    return uvarint(number << 1 if number >= 0 else (-number << 1) - 1)


_SHORT = [bytes((number,)) for number in range(0x80)]
