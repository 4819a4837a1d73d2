"""Write the samples of each window: as TSDB blocks, or as OpenMetrics text."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from .samples import Points, Runs, Samples
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
        self._runs: dict[int, tuple[list[int], list[int], list[Chunk]]] = {}
        self._points: dict[int, tuple[list[int], list[int], list[Chunk]]] = {}

    def chunks(self, found: Samples) -> tuple[list[Chunk], int]:
        """Return the chunks of a series, and its number of samples."""
        if isinstance(found, Runs):
            return self._of_runs(found), self._grid[2] - found.starts[0]
        return self._of_points(found), len(found.times)

    def _of_runs(self, found: Runs) -> list[Chunk]:
        starts, levels, places = found.starts, found.levels, found.series.places
        last = self._runs.get(places)
        if last is not None and last[1] == levels and last[0] == starts:
            return last[2]
        chunks = grid_chunks(self._grid, starts, levels, places)
        self._runs[places] = (starts, levels, chunks)
        return chunks

    def _of_points(self, found: Points) -> list[Chunk]:
        times, values, places = found.times, found.values, found.series.places
        last = self._points.get(places)
        if last is not None and last[1] == values and last[0] == times:
            return last[2]
        chunks = point_chunks(times, values, places)
        self._points[places] = (times, values, chunks)
        return chunks


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
