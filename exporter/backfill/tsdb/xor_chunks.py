"""Encode samples as XOR chunks: the format in which Prometheus keeps floats.

A sample takes two bits if its time is as expected and its value unchanged. That holds for most
samples here, so a run of one value is a single shift of an integer.
"""

from array import array
from collections.abc import Sequence

from ...values.varints import uvarint, varint

# The format has five bits for the leading zeros of a changed value, and six for its width.
_MOST_LEADING = 31
_SIX_BITS = 0x3F


def float_bits(values: Sequence[int], places: int) -> list[int]:
    """Return integers scaled by 10^places as the 64 bits of the nearest floats."""
    # Division of integers rounds to the nearest float, as reading their decimal text does.
    scale = 10**places
    floats = array("d", [value / scale for value in values])
    return array("Q", floats.tobytes()).tolist()


def regular_chunk(first_ms: int, step_ms: int, values: list[int], counts: list[int]) -> bytes:
    """Return a chunk of samples at equal intervals; each value is repeated `counts` times."""
    bits = 1 << 2 * counts[0] - 2
    samples, last = counts[0], values[0]
    leading, width, trailing = 64, 0, 0
    for place in range(1, len(values)):
        value, count = values[place], counts[place]
        changed = value ^ last
        last = value
        samples += count
        if changed == 0:
            bits <<= 2 * count
            continue
        high, low = 64 - changed.bit_length(), (changed & -changed).bit_length() - 1
        if high >= leading and low >= trailing:
            bits = bits << width + 3 | 0b010 << width | changed >> trailing
        else:
            leading, trailing = min(high, _MOST_LEADING), low
            width = 64 - leading - trailing
            window = 0b011 << 11 | leading << 6 | width & _SIX_BITS
            bits = (bits << 14 | window) << width | changed >> trailing
        bits <<= 2 * count - 2
    return _chunk(samples, first_ms, step_ms, values[0], bits)


def irregular_chunk(times_ms: list[int], values: list[int]) -> bytes:
    """Return a chunk of samples at any times, given in order of time."""
    bits = 1
    first_delta = times_ms[1] - times_ms[0] if len(times_ms) > 1 else 0
    leading, width, trailing = 64, 0, 0
    expected, last, before = first_delta, values[0], times_ms[0]
    for place in range(1, len(values)):
        value, time_ms = values[place], times_ms[place]
        code, size = _offset(time_ms - before - expected)
        expected, before = time_ms - before, time_ms
        changed = value ^ last
        last = value
        if changed == 0:
            bits = bits << size + 1 | code << 1
            continue
        high, low = 64 - changed.bit_length(), (changed & -changed).bit_length() - 1
        if high >= leading and low >= trailing:
            code, size = code << 2 | 0b10, size + 2
        else:
            leading, trailing = min(high, _MOST_LEADING), low
            width = 64 - leading - trailing
            code, size = code << 13 | 0b11 << 11 | leading << 6 | width & _SIX_BITS, size + 13
        bits = bits << size + width | code << width | changed >> trailing
    return _chunk(len(values), times_ms[0], first_delta, values[0], bits)


def _offset(offset: int) -> tuple[int, int]:
    """Encode the offset of a time from the expected one: its code, and how many bits that has."""
    if offset == 0:
        return 0, 1
    # A table would take as long as everything else here.
    if -(1 << 13) < offset <= 1 << 13:
        return 0b10 << 14 | offset & (1 << 14) - 1, 16
    if -(1 << 16) < offset <= 1 << 16:
        return 0b110 << 17 | offset & (1 << 17) - 1, 20
    if -(1 << 19) < offset <= 1 << 19:
        return 0b1110 << 20 | offset & (1 << 20) - 1, 24
    return 0b1111 << 64 | offset & (1 << 64) - 1, 68


def _chunk(samples: int, first_ms: int, delta_ms: int, value: int, bits: int) -> bytes:
    """Return a chunk from its first sample and the others' bits, which follow a leading 1."""
    head = samples.to_bytes(2, "big") + varint(first_ms) + value.to_bytes(8, "big")
    if samples == 1:
        return head
    # The second sample's delta is written in full before the bits: its offset, a 0, is left out.
    size = bits.bit_length() - 2
    bits ^= 1 << size + 1
    return head + uvarint(delta_ms) + (bits << -size % 8).to_bytes((size + 7) // 8, "big")
