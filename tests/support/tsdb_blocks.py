"""Read TSDB blocks: an independent reader, written from the format's description.

It shares no code with the writer, and checks everything.
"""

import json
import struct
from dataclasses import dataclass
from pathlib import Path

Sample = tuple[int, float]
Labels = tuple[tuple[str, str], ...]


def checksum(data: bytes) -> int:
    """Return the CRC-32C, computed bit by bit."""
    rest = 0xFFFFFFFF
    for byte in data:
        rest ^= byte
        for _ in range(8):
            rest = rest >> 1 ^ (0x82F63B78 if rest & 1 else 0)
    return rest ^ 0xFFFFFFFF


class Bits:
    """A reader of bits."""

    def __init__(self, data: bytes) -> None:
        """Read from some bytes."""
        self.text = "".join(f"{byte:08b}" for byte in data)
        self.at = 0

    def take(self, count: int) -> int:
        """Return the next bits as a number."""
        assert self.at + count <= len(self.text)
        self.at += count
        return int(self.text[self.at - count : self.at] or "0", 2)

    def uvarint(self) -> int:
        """Read an unsigned variable-length integer in Go's encoding."""
        number = shift = 0
        while True:
            byte = self.take(8)
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return number

    def varint(self) -> int:
        """Read a signed variable-length integer in Go's encoding."""
        number = self.uvarint()
        return -(number // 2) - 1 if number % 2 else number // 2

    def ones(self, most: int) -> int:
        """Return the number of leading ones, up to `most`; also consume the zero after fewer."""
        count = 0
        while count < most and self.take(1):
            count += 1
        return count


def samples_of(chunk: bytes) -> list[Sample]:
    """Return the samples of an XOR chunk; only a few zero bits may remain."""
    bits = Bits(chunk)
    count = bits.take(16)
    at, value = bits.varint(), bits.take(64)
    found = [(at, value)]
    delta, leading, width = 0, 0, 0
    for number in range(1, count):
        if number == 1:
            delta = bits.uvarint()
        elif size := (0, 14, 17, 20, 64)[bits.ones(4)]:
            offset = bits.take(size)
            delta += offset - (1 << size if offset > 1 << size - 1 else 0)
        at += delta
        kind = bits.ones(2)
        if kind == 2:
            leading, width = bits.take(5), bits.take(6) or 64
        if kind:
            value ^= bits.take(width) << 64 - leading - width
        found.append((at, value))
    rest = bits.text[bits.at :]
    assert len(rest) < 8
    assert "1" not in rest
    return [(at, struct.unpack(">d", value.to_bytes(8, "big"))[0]) for at, value in found]


@dataclass(frozen=True)
class Index:
    """The content of an index file."""

    data: bytes

    def section(self, place: int) -> tuple[int, Bits]:
        """Return the count and the rest of a section, which begins with its length."""
        size = struct.unpack_from(">I", self.data, place)[0]
        content = self.data[place + 4 : place + 4 + size]
        assert struct.unpack_from(">I", self.data, place + 4 + size)[0] == checksum(content)
        return struct.unpack_from(">I", content)[0], Bits(content[4:])


def _text(bits: Bits) -> str:
    return bytes(bits.take(8) for _ in range(bits.uvarint())).decode()


@dataclass(frozen=True)
class ReadBlock:
    """The content of a block: samples by series, and series by label pair."""

    meta: dict[str, object]
    series: dict[Labels, list[list[Sample]]]
    postings: dict[tuple[str, str], list[Labels]]


def read_block(folder: Path) -> ReadBlock:
    """Read and check a whole block."""
    meta = json.loads((folder / "meta.json").read_text())
    index = Index((folder / "index").read_bytes())
    assert index.data[:5].hex() == "baaad70002"
    contents = index.data[-52:-4]
    assert struct.unpack(">I", index.data[-4:])[0] == checksum(contents)
    symbols_at, series_at, names_at, names_table, postings_at, pairs_table = struct.unpack(
        ">6Q", contents
    )
    assert symbols_at < series_at < names_at < postings_at < names_table < pairs_table
    count, bits = index.section(symbols_at)
    symbols = [_text(bits) for _ in range(count)]
    assert symbols == sorted(set(symbols))
    pairs = _pairs(index, pairs_table)
    by_reference = {
        reference: _series(folder, index, reference, symbols) for reference in pairs["", ""]
    }
    assert [labels for labels, _ in by_reference.values()] == sorted(dict(by_reference.values()))
    postings = {pair: [by_reference[one][0] for one in found] for pair, found in pairs.items()}
    assert _names(index, names_table, symbols) == {
        name: [value for other, value in postings if other == name] for name, _ in postings if name
    }
    return ReadBlock(meta, dict(by_reference.values()), postings)


def _pairs(index: Index, table: int) -> dict[tuple[str, str], list[int]]:
    count, bits = index.section(table)
    found = {}
    for _ in range(count):
        assert bits.uvarint() == 2
        name, value, place = _text(bits), _text(bits), bits.uvarint()
        assert place % 4 == 0
        entries, references = index.section(place)
        found[name, value] = [references.take(32) for _ in range(entries)]
    assert list(found) == sorted(found)
    return found


def _names(index: Index, table: int, symbols: list[str]) -> dict[str, list[str]]:
    count, bits = index.section(table)
    found = {}
    for _ in range(count):
        assert bits.uvarint() == 1
        name, (names, content) = _text(bits), index.section(bits.uvarint())
        assert names == 1
        found[name] = [symbols[content.take(32)] for _ in range(content.take(32))]
    return found


def _series(
    folder: Path, index: Index, reference: int, symbols: list[str]
) -> tuple[Labels, list[list[Sample]]]:
    bits = Bits(index.data[16 * reference : 16 * reference + 10])
    size = bits.uvarint()
    begin = 16 * reference + bits.at // 8
    content = index.data[begin : begin + size]
    assert struct.unpack_from(">I", index.data, begin + size)[0] == checksum(content)
    bits = Bits(content)
    labels = tuple(
        (symbols[bits.uvarint()], symbols[bits.uvarint()]) for _ in range(bits.uvarint())
    )
    assert list(labels) == sorted(dict(labels).items())
    chunks, end, place = [], 0, 0
    for number in range(bits.uvarint()):
        begin = bits.uvarint() + end if number else bits.varint()
        end = begin + bits.uvarint()
        place = place + bits.varint() if number else bits.uvarint()
        found = read_chunk(folder, place)
        assert (found[0][0], found[-1][0]) == (begin, end)
        chunks.append(found)
    assert bits.at == len(bits.text)
    return labels, chunks


def read_chunk(folder: Path, place: int) -> list[Sample]:
    """Return the samples of the chunk at a position in a block."""
    data = (folder / "chunks" / f"{(place >> 32) + 1:06d}").read_bytes()
    assert data[:8].hex() == "85bd40dd01000000"
    offset = place & 0xFFFFFFFF
    bits = Bits(data[offset : offset + 5])
    size = bits.uvarint()
    begin = offset + bits.at // 8
    checked = data[begin : begin + 1 + size]
    assert struct.unpack_from(">I", data, begin + 1 + size)[0] == checksum(checked)
    assert checked[0] == 1
    return samples_of(checked[1:])
