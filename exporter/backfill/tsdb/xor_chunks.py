"""Encode samples as XOR chunks: the format in which Prometheus keeps floats.

A sample takes two bits if its time is as expected and its value unchanged. That holds for most
samples here, so the zeros of a run of one value are added at once.
"""

from array import array
from collections.abc import Sequence
from itertools import repeat
from operator import truediv
from struct import pack
from typing import Final, final

from ...values.varints import uvarint, varint

# The format has five bits for the leading zeros of a changed value, and six for its width.
_MOST_LEADING: Final = 31
_SIX_BITS: Final = 0x3F
# With so many bits and an unfinished word, compiled code still has a small integer.
_MOST_AT_ONCE: Final = 30
_WORD: Final = 32


def float_changes(values: Sequence[int], places: int) -> tuple[Sequence[int], list[int]]:
    """Return integers scaled by 10^places as the 64 bits of the nearest floats.

    And the bits in which each of them differs from the one before.
    """
    floats = _floats(values, places)
    whole = int.from_bytes(floats, "little")
    changes = (whole ^ whole << 64).to_bytes(len(floats) + 8, "little")[:-8]
    return array("Q", floats), array("Q", changes).tolist()


def _floats(values: Sequence[int], places: int) -> bytes:
    # Packing takes half as long as making an array.
    layout = f"{len(values)}d"
    if not places:
        return pack(layout, *values)
    # Division of integers rounds to the nearest float, as reading their decimal text does.
    return pack(layout, *map(truediv, values, repeat(10**places)))


@final
class _Bits:
    """The bits of a chunk's samples after the first, whose first bit is always 0 and left out."""

    def __init__(self) -> None:
        self._words: list[int] = []
        self._rest = 0  # an unfinished word and how many bits it has
        self._size = -1
        # Which bits of a value are written: all from the leading zeros to the trailing ones.
        self._width = 0
        self._trailing = 0
        self._limit = 0
        self._below = 0

    def put(self, value: int, size: int) -> None:
        """Add up to 30 bits."""
        rest = self._rest << size | value
        size += self._size
        if size >= _WORD:
            size -= _WORD
            self._words.append(rest >> size)
            rest &= (1 << size) - 1
        self._rest = rest
        self._size = size

    def put_long(self, value: int, size: int) -> None:
        """Add any number of bits."""
        while size > _MOST_AT_ONCE:
            size -= _MOST_AT_ONCE
            high = value >> size
            self.put(high, _MOST_AT_ONCE)
            value ^= high << size
        self.put(value, size)

    def put_repeats(self, count: int) -> None:
        """Add samples of the same value at the expected times."""
        self.put_long(0, 2 * count)

    def put_change(self, changed: int, zeros: int) -> None:
        """Add up to one zero, and the bits in which a value differs from the one before."""
        if changed < self._limit and not changed & self._below:
            width = self._width
            self.put_long(0b10 << width | changed >> self._trailing, zeros + 2 + width)
            return
        leading = min(64 - changed.bit_length(), _MOST_LEADING)
        trailing = (changed & -changed).bit_length() - 1
        width = 64 - leading - trailing
        self.put(0b11 << 11 | leading << 6 | width & _SIX_BITS, zeros + 13)
        self.put_long(changed >> trailing, width)
        self._width, self._trailing = width, trailing
        self._limit, self._below = 1 << 64 - leading, (1 << trailing) - 1

    def packed(self) -> bytes:
        """Return all bits, filled up to a byte."""
        size = self._size
        words = [*self._words, self._rest << _WORD - size]
        return pack(f">{len(words)}I", *words)[: 4 * len(words) - 4 + (size + 7) // 8]


def regular_chunk(
    first_ms: int, step_ms: int, first: int, changes: list[int], counts: list[int]
) -> bytes:
    """Return a chunk of samples at equal intervals.

    `first` are the first value's bits, `changes` those in which the next values differ from the
    ones before; each value is repeated `counts` times.
    """
    bits = _Bits()
    bits.put_repeats(counts[0] - 1)
    for place in range(len(changes)):
        changed, count = changes[place], counts[place + 1]
        if changed:
            bits.put_change(changed, 1)
            count -= 1
        if count:
            bits.put_repeats(count)
    return _chunk(sum(counts), first_ms, step_ms, first, bits)


def irregular_chunk(times_ms: list[int], first: int, changes: list[int]) -> bytes:
    """Return a chunk of samples at any times, given in order of time; values as above."""
    bits = _Bits()
    before = times_ms[0]
    first_delta = expected = times_ms[1] - before if len(times_ms) > 1 else 0
    for place in range(len(changes)):
        time_ms, changed = times_ms[place + 1], changes[place]
        delta = time_ms - before
        before = time_ms
        zeros = 1
        if delta != expected:
            code, size = _offset(delta - expected)
            bits.put_long(code, size)
            expected, zeros = delta, 0
        if changed:
            bits.put_change(changed, zeros)
        else:
            bits.put(0, zeros + 1)
    return _chunk(len(times_ms), times_ms[0], first_delta, first, bits)


def _offset(offset: int) -> tuple[int, int]:
    """Encode the offset of a time from the expected one: its code, and how many bits that has."""
    # A table would take as long as everything else here.
    if -(1 << 13) < offset <= 1 << 13:
        return 0b10 << 14 | offset & (1 << 14) - 1, 16
    if -(1 << 16) < offset <= 1 << 16:
        return 0b110 << 17 | offset & (1 << 17) - 1, 20
    if -(1 << 19) < offset <= 1 << 19:
        return 0b1110 << 20 | offset & (1 << 20) - 1, 24
    return 0b1111 << 64 | offset & (1 << 64) - 1, 68


def _chunk(samples: int, first_ms: int, delta_ms: int, first: int, bits: _Bits) -> bytes:
    """Return a chunk from its first sample and the others' bits."""
    head = samples.to_bytes(2, "big") + varint(first_ms) + first.to_bytes(8, "big")
    # The second sample's delta is written in full before the bits.
    return head if samples == 1 else head + uvarint(delta_ms) + bits.packed()
