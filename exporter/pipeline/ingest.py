"""Parse blocks of lines, count their records, build deltas. Without asyncio: `once` uses it too."""

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Final, final

from ..config import CompensationPaths, Config
from ..counting.counter import INVALID, RecordCounter
from ..counting.delta import Delta
from ..errors import Reason, Rejected
from ..formats.mapping import FieldMapping
from ..formats.parser import Parser
from ..sources import Block, SourceSpec

_SLICE_LINES: Final = 64
# A batch takes some tens of megabytes at most.
_BATCH_LINES: Final = 1_000_000
_BATCH_SERIES: Final = 100_000
_BATCH_CHANGED_IDS: Final = 50_000
_BATCH_COMPENSATED: Final = 10_000


def make_parsers(config: Config) -> dict[str, Parser]:
    """Return what parses the lines of each source, with the fields that it was configured with."""
    paths: Mapping[str, tuple[str, ...]] | None = None
    if config.compensation != CompensationPaths():
        configured = config.compensation
        paths = {
            "type": configured.type,
            "payout": configured.payout,
            "paid_at": configured.paid_at,
        }
    return {
        source.name: Parser(
            FieldMapping(source.mapping, paths) if source.mapping or paths else None
        )
        for source in config.sources
    }


@final
class Ingest:
    """Counts the lines of all sources into deltas."""

    def __init__(
        self, config: Config, counter: RecordCounter, clock: Callable[[], float] = time.time
    ) -> None:
        """`clock` gives Unix seconds."""
        self._counter = counter
        self._clock = clock
        self.lines = 0
        self._parsers = make_parsers(config)

    def restart(self, counter: RecordCounter) -> None:
        """Count with another counter; what was counted since the last delta is forgotten."""
        self._counter = counter
        self.lines = 0

    def knows(self, source: str) -> bool:
        """Return True if there is such a source."""
        return source in self._parsers

    def configure(self, config: Config) -> None:
        """Take another configuration of labels, keys and fields; call it between two batches."""
        self._parsers = make_parsers(config)
        self._counter.configure(config)

    def count_in_steps(self, block: Block) -> Iterator[None]:
        """Count a block, pausing every few dozen lines."""
        counter, parser = self._counter, self._parsers[block.source]
        counter.now_ms = int(self._clock() * 1000)
        results: dict[str, int] = {}
        invalid: dict[Reason, int] = {}
        if block.too_long:
            results[INVALID] = invalid[Reason.line_too_long] = block.too_long
        if block.unstorable:
            results[INVALID] = results.get(INVALID, 0) + block.unstorable
            invalid[Reason.unstorable] = block.unstorable
        lines = block.lines
        for start in range(0, len(lines), _SLICE_LINES):
            some = lines[start : start + _SLICE_LINES]
            count_lines(some, parser, counter, results, invalid)
            yield
        self.lines += len(lines)
        counter.count_source(block.source, block.size, results, invalid)
        if block.position is not None:
            counter.reach(block.position)

    def build(self, *, existing_counted: bool = False) -> Delta:
        """Return what was counted since the last delta."""
        steps = self.build_in_steps(existing_counted=existing_counted)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                delta: Delta = end.value
                return delta

    def build_in_steps(self, *, existing_counted: bool = False) -> Generator[None, None, Delta]:
        """Build the same with pauses; nothing may be counted before its end."""
        self.lines = 0
        now_ms = int(self._clock() * 1000)
        self._counter.create_own()
        return self._counter.deltas.build_in_steps(now_ms, existing_counted=existing_counted)

    @property
    def is_full(self) -> bool:
        """Whether the batch is large enough that it should be committed."""
        series, changed_ids, compensated = self._counter.deltas.sizes
        return (
            self.lines >= _BATCH_LINES
            or series >= _BATCH_SERIES
            or changed_ids >= _BATCH_CHANGED_IDS
            or compensated >= _BATCH_COMPENSATED
        )


def count_lines(
    lines: list[bytes],
    parser: Parser,
    counter: RecordCounter,
    results: dict[str, int],
    invalid: dict[Reason, int],
) -> None:
    """Count lines; add to the numbers of lines by result and of invalid ones by reason."""
    for line in lines:
        try:
            record = parser.parse(line)
        except Rejected as rejected:
            invalid[rejected.reason] = invalid.get(rejected.reason, 0) + 1
            results[INVALID] = results.get(INVALID, 0) + 1
        else:
            if record is not None:
                result = counter.count(record)
                results[result] = results.get(result, 0) + 1


def specs(config: Config) -> list[SourceSpec]:
    """Return what the sources need to know of the configuration."""
    return [
        SourceSpec(source.name, source.path or "-", source.start_at) for source in config.sources
    ]
