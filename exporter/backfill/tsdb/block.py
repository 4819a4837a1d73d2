"""Write a TSDB block as Prometheus does: chunks, an index, tombstones and metadata.

The formats are described in Prometheus's repository, in `tsdb/docs/format`.
"""

import json
import os
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path

from .chunk_segments import ChunkSegments
from .crc32c import checked
from .grid_chunks import Chunk
from .index import index_of

# No deletions; the checksum leaves out the version.
_TOMBSTONES = bytes.fromhex("0130ba30 01") + checked(b"")


class Block:
    """A block being written; Prometheus ignores it until it is finished."""

    def __init__(self, folder: Path) -> None:
        """Create the folder, whose name must be a ULID."""
        folder.mkdir()
        self._folder = folder
        self._chunks = ChunkSegments(folder / "chunks")
        self._series: list[tuple[tuple[str, ...], bytes]] = []
        self._samples = 0
        self._begin: int | None = None
        self._end = 0

    def add(self, labels: Mapping[str, str], chunks: Sequence[Chunk], samples: int) -> None:
        """Add a series that is not in the block yet; labels with empty values are left out."""
        pairs = sorted([pair for pair in labels.items() if pair[1]])
        self._series.append((tuple(chain.from_iterable(pairs)), self._chunks.add(chunks)))
        self._samples += samples
        begin, end = chunks[0][0], chunks[-1][1]
        self._begin = begin if self._begin is None else min(self._begin, begin)
        self._end = max(self._end, end)

    def finish(self) -> None:
        """Write the index and, last, `meta.json`, which makes the folder a block."""
        self._chunks.close()
        _save(self._folder / "index", index_of(self._series))
        _save(self._folder / "tombstones", _TOMBSTONES)
        _save(self._folder / "meta.json", json.dumps(self._meta(), indent="\t").encode())

    def _meta(self) -> Mapping[str, object]:
        name = self._folder.name
        return {
            "ulid": name,
            "minTime": self._begin,
            "maxTime": self._end + 1,
            "stats": {
                "numSamples": self._samples,
                "numSeries": len(self._series),
                "numChunks": self._chunks.chunks,
            },
            "compaction": {"level": 1, "sources": [name]},
            "version": 1,
        }


def _save(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
