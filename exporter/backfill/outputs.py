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
        for one in found:
            chunks, samples = _chunks(one, grid)
            block.add(one.series.all_labels(), chunks, samples)
        block.finish()

    def made(self) -> list[Path]:
        """Return the blocks, in order of time."""
        return sorted(self._folder.iterdir())


def _chunks(found: Samples, grid: tuple[int, int, int]) -> tuple[list[Chunk], int]:
    places = found.series.places
    if isinstance(found, Runs):
        chunks = grid_chunks(grid, found.starts, found.levels, places)
        return chunks, grid[2] - found.starts[0]
    return point_chunks(found.samples, places), len(found.samples)


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
