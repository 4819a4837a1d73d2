"""Sort increments by line and sampling time on disk, so that memory does not grow with the log.

They are written in the order of the log and read in the order of time. A block holds the sampling
times from its beginning up to the next one's; its first sample shows what came before.
"""

import os
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from pathlib import Path
from struct import pack

# One of promtool's block lengths. Longer ones load a little faster, but need more space meanwhile.
BLOCK_SECONDS = 18 * 3600
# The number of the newest request's time; series are numbered from 1.
NEWEST = 0
# A series has up to so many parts: a histogram has its buckets and its sum.
_MOST_PARTS = 1 << 16
# Amounts are stored as signed integers of 64 bits.
_LARGEST = (1 << 63) - 1
_HEAD_BYTES, _TIME_BYTES, _ROW_BYTES = 8, 2, 10

# Times (in seconds, or as indexes) and amounts, in order of time.
Rows = tuple[list[int], list[int]]


def block_of(at: int) -> int:
    """Return the block in which an increment at a sampling time is stored."""
    return (at - 1) // BLOCK_SECONDS


def line_of(series: int, part: int = 0) -> int:
    """Return the number of the line that keeps a part of a series."""
    return series * _MOST_PARTS + part


class IncrementStore:
    """A temporary file of increments; raises `OSError` if it can't be written."""

    def __init__(self, path: Path) -> None:
        """Create the file, which must not exist."""
        self._file = path.open("xb+")
        self._size = 0
        # The places of each block's runs. A run is sorted by line and time.
        self._runs: dict[int, list[tuple[int, int]]] = {}
        self._block = 0
        self._places: dict[int, list[tuple[int, int]]] = {}

    def close(self) -> None:
        """Close the file, which can be deleted."""
        self._file.close()

    def add(self, increments: Mapping[int, Mapping[int, int]]) -> None:
        """Store increments by line and sampling time (Unix seconds)."""
        runs: dict[int, _Run] = {}
        for line in sorted(increments):
            times, amounts = _sorted_rows(increments[line])
            begin = 0
            while begin < len(times):
                block = block_of(times[begin])
                end = bisect_right(times, (block + 1) * BLOCK_SECONDS, begin)
                if block not in runs:
                    runs[block] = _Run(block)
                runs[block].add(line, times[begin:end], amounts[begin:end])
                begin = end
        for block, run in runs.items():
            self._runs.setdefault(block, []).append((self._size, len(run.head)))
            self._size += self._file.write(run.head.tobytes() + run.rows)
        # It is read by its descriptor.
        self._file.flush()

    def of_line(self, block: int, line: int) -> Rows:
        """Return the increments of a line in a block; a time may come more than once."""
        times: list[int] = []
        amounts: list[int] = []
        is_sorted = True
        begin = block * BLOCK_SECONDS
        for place, count in self.places(block).get(line, ()):
            packed = self._read(place, count * _ROW_BYTES)
            seconds = array("H", packed[: count * _TIME_BYTES]).tolist()
            if times and times[-1] > begin + seconds[0]:
                is_sorted = False
            times += [begin + second for second in seconds]
            amounts += array("q", packed[count * _TIME_BYTES :])
        if not is_sorted:
            rows = sorted(zip(times, amounts, strict=True))
            return [at for at, _ in rows], [amount for _, amount in rows]
        return times, amounts

    def places(self, block: int) -> Mapping[int, list[tuple[int, int]]]:
        """Return where the increments of a block are, by their lines."""
        if block != self._block or not self._places:
            self._block, self._places = block, {}
            for begin, size in self._runs.get(block, ()):
                head = array("q", self._read(begin, size * _HEAD_BYTES))
                at = begin + size * _HEAD_BYTES
                for line, count in zip(head[::2], head[1::2], strict=True):
                    self._places.setdefault(line, []).append((at, count))
                    at += count * _ROW_BYTES
        return self._places

    def before(self, block: int) -> Iterator[tuple[int, int]]:
        """Iterate over (line, amount) of all earlier blocks."""
        for earlier in sorted(self._runs):
            if earlier < block:
                for line in self.places(earlier):
                    for amount in self.of_line(earlier, line)[1]:
                        yield line, amount

    def _read(self, place: int, size: int) -> bytes:
        return os.pread(self._file.fileno(), size, place)


class _Run:
    """The increments of a block that are written at once."""

    def __init__(self, block: int) -> None:
        self._begin = block * BLOCK_SECONDS
        self.head = array("q")  # lines, each with its number of rows
        self.rows = bytearray()

    def add(self, line: int, times: list[int], amounts: list[int]) -> None:
        self.head.append(line)
        self.head.append(len(times))
        begin, count = self._begin, len(times)
        # Packing takes half as long as making an array.
        self.rows += pack(f"{count}H", *[at - begin for at in times])
        self.rows += pack(f"{count}q", *amounts)


def _sorted_rows(increments: Mapping[int, int]) -> Rows:
    """Return increments in order of time, too large ones in pieces."""
    times = sorted(increments)
    amounts = [increments[at] for at in times]
    if max(amounts) <= _LARGEST:
        return times, amounts
    rows = [
        (at, min(_LARGEST, amount - before))
        for at, amount in zip(times, amounts, strict=True)
        for before in range(0, amount, _LARGEST)
    ]
    return [at for at, _ in rows], [amount for _, amount in rows]
