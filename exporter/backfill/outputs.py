"""Write the samples of each window: as TSDB blocks, or as OpenMetrics text."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from .samples import Runs, Samples
from .series_lines import text
from .tsdb.block import Block
from .tsdb.grid_chunks import Chunk, grid_chunks, point_chunks
from .tsdb.ulid import ulid


class BlockOutput:
    """An output of one TSDB block per window."""

    def __init__(self, folder: Path) -> None:
        """Create a folder for the blocks."""
        self._folder = folder / "blocks"
        self._folder.mkdir()

    def write(self, times: range, found: Iterable[Samples]) -> None:
        """Write the samples of a window; there must be at least one."""
        block = Block(self._folder / ulid(int(time.time() * 1000)))
        grid = (times.start * 1000, times.step * 1000, len(times))
        encoder = _Encoder(grid)
        for one in found:
            chunks, samples = encoder.chunks(one)
            block.add(one.series.all_labels(), chunks, samples)
        block.finish()

    def made(self) -> list[Path]:
        """Return the blocks, in order of time."""
        return sorted(self._folder.iterdir())


class _Encoder:
    """An encoder of the series of a window.

    It returns the last chunks again for the same samples: most of a histogram's upper buckets have
    the same. Its sum, which has other places, comes between them and its count.
    """

    def __init__(self, grid: tuple[int, int, int]) -> None:
        """`grid`: the first sampling time (Unix ms), the step (ms), and their number."""
        self._grid = grid
        # Where values begin, the values, and their chunks; by whether they are runs, and by places.
        self._last: dict[tuple[bool, int], tuple[list[int], list[int], list[Chunk]]] = {}

    def chunks(self, found: Samples) -> tuple[list[Chunk], int]:
        """Return the chunks of a series, and its number of samples."""
        places = found.series.places
        if isinstance(found, Runs):
            is_runs, begins, values = True, found.starts, found.levels
            size = self._grid[2] - begins[0]
        else:
            is_runs, begins, values = False, found.times, found.values
            size = len(begins)
        last = self._last.get((is_runs, places))
        if last is not None and last[1] == values and last[0] == begins:
            return last[2], size
        if is_runs:
            chunks = grid_chunks(self._grid, begins, values, places)
        else:
            chunks = point_chunks(begins, values, places)
        self._last[is_runs, places] = begins, values, chunks
        return chunks, size


class TextOutput:
    """An output of one text file per window."""

    def __init__(self, folder: Path) -> None:
        """Create a folder for the files."""
        self._folder = folder / "texts"
        self._folder.mkdir()

    def write(self, times: range, found: Iterable[Samples]) -> None:
        """Write the samples of a window."""
        name = datetime.fromtimestamp(times.start, UTC).strftime("%Y%m%dT%H%M%SZ")
        with (self._folder / f"{name}.om").open("w", encoding="utf-8") as file:
            file.writelines(text(found, times))

    def made(self) -> list[Path]:
        """Return the files, in order of time."""
        return sorted(self._folder.iterdir())
