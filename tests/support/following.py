"""Sources followed step by step, and the lines they have returned."""

from collections.abc import Iterable
from pathlib import Path

from exporter.positions import Position
from exporter.sources import Block, Sources, SourceSpec

# Longer than a fingerprint, so that copies can be told from files of the same name.
LONG = [f"{number:04d}" + "x" * 60 for number in range(40)]


class Reader:
    """Sources with their own clock, and the lines they have returned."""

    def __init__(
        self, *patterns: Path | str, start_at: str = "beginning", wrapper: str = "auto"
    ) -> None:
        """Follow each pattern as a source."""
        self.specs = [SourceSpec(str(p), str(p), start_at, wrapper) for p in patterns]
        self.now = 1000.0
        self.lines: list[str] = []
        self.too_long = 0
        self.lost_bytes = 0
        self.positions: dict[str, Position] = {}
        self.sources = self._open()

    def _open(self) -> Sources:
        return Sources(self.specs, self.positions.values(), 1000, lambda: self.now)

    def restart(self) -> "Reader":
        """Restart as after a crash: only committed positions survive."""
        self.sources.close()
        self.sources = self._open()
        return self

    def read_some(self, blocks: int) -> None:
        """Poll once and read a few blocks."""
        self.sources.poll()
        for _ in range(blocks):
            self._take(self.sources.read(64))

    def _take(self, block: Block | None) -> list[str]:
        if block is None or block.is_replayed:
            return []  # replayed lines count nothing
        lines = [line.decode(errors="replace") for line in block.lines]
        self.too_long += block.too_long
        self.lost_bytes += block.lost_bytes
        if block.position is not None:
            self.positions[block.key] = block.position
        self.lines += lines
        return lines

    def drain(self, seconds: float = 10.0) -> list[str]:
        """Return all lines available now, polling twice with time passing."""
        new: list[str] = []
        for _ in range(3):
            self.sources.poll()
            while (block := self.sources.read(64)) is not None:
                new += self._take(block)
            self.now += seconds
        return new


def write(path: Path, lines: Iterable[str], mode: str = "a") -> None:
    """Write complete lines."""
    with path.open(mode) as file:
        file.writelines(f"{line}\n" for line in lines)
