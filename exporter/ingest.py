"""Ingest: blocks of lines in, decoded and folded, deltas out; synchronous, also behind `once`."""

import time
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING

from .config import CompensationPaths, Config
from .crew import Found, Read
from .decode import Decoder
from .decode.mapping import Mapping
from .errors import Reason, Rejected
from .ledger import Delta, Folder
from .ledger.seal import finish
from .sources import Block, SourceSpec
from .tally import SourceTally

if TYPE_CHECKING:
    from .decode.packed import Packed

_SLICE_LINES = 64
# A batch takes some tens of megabytes at most.
_BATCH_LINES = 1_000_000
_BATCH_LABELS = 100_000
_BATCH_CHANGES = 50_000
_BATCH_PAYOUTS = 10_000


def decoders(config: Config) -> dict[str, Decoder]:
    """What reads the lines of each source, with the field names that it was configured with."""
    payout = None if config.compensation == CompensationPaths() else config.compensation
    paths = (
        None
        if payout is None
        else {"type": payout.type, "payout": payout.payout, "paid_at": payout.paid_at}
    )
    mappings = {source.name: source.mapping for source in config.sources}
    return {
        name: Decoder(Mapping(fields, paths) if fields or paths else None)
        for name, fields in mappings.items()
    }


class Ingest:
    """Counts the lines of all sources into deltas."""

    def __init__(
        self, config: Config, folder: Folder, clock: Callable[[], float] = time.time
    ) -> None:
        """Counts into `folder`; `clock` gives Unix seconds."""
        self.folder = folder
        self._clock = clock
        self.lines = 0
        self._decoders = decoders(config)

    def configure(self, config: Config) -> None:
        """Take another configuration of labels, keys and fields; call it between two batches."""
        self._decoders = decoders(config)
        self.folder.configure(config)

    def is_plain(self, source: str) -> bool:
        """Whether a source's lines are of the known shapes, to be read by anybody."""
        return self._decoders[source].is_plain

    def slices(self, block: Block, found: Found | None = None) -> Iterator[None]:
        """Count a block, pausing every few dozen lines; `found`: what its lines say, if known."""
        batch = self.folder.begin(int(self._clock() * 1000))
        tally = batch.source(block.source)
        tally.bytes += block.size
        if block.too_long:
            tally.results["invalid"] += block.too_long
            tally.invalid[Reason.line_too_long] += block.too_long
        if isinstance(found, list):
            for start in range(0, len(found), _SLICE_LINES):
                self._fold(tally, found[start : start + _SLICE_LINES])
                yield
        else:
            at = 0
            while at < len(block.text):
                at = self._feed(block, at, found)
                yield
        if block.position is not None:
            batch.positions[block.key] = block.position

    def _feed(self, block: Block, at: int, packed: "Packed | None") -> int:
        """Count some lines from a place in a block on; the place behind them."""
        decoder, folder, text = self._decoders[block.source], self.folder, block.text
        tally = folder.begin(int(self._clock() * 1000)).source(block.source)
        results, utf8, left = tally.results, block.utf8, _SLICE_LINES
        is_plain = utf8 and decoder.is_plain
        while left and at < len(text):
            if is_plain:
                at, left = folder.feed(text, at, left, results, packed)
                if not left or at == len(text):
                    break
            end = text.index(b"\n", at)
            try:
                record = decoder.decode(text[at:end], utf8=utf8)
            except Rejected as rejected:
                tally.invalid[rejected.reason] += 1
                results["invalid"] += 1
            else:
                if record is not None:
                    results[folder.fold(record)] += 1
            at = end + 1
            left -= 1
        self.lines += _SLICE_LINES - left
        return at

    def _fold(self, tally: SourceTally, found: list[Read]) -> None:
        for one in found:
            if isinstance(one, Reason):
                tally.invalid[one] += 1
                tally.results["invalid"] += 1
            elif one is not None:
                tally.results[self.folder.fold(one)] += 1
        self.lines += len(found)

    def seal(self, unseen: int = 0, *, existing_counted: bool = False) -> Delta:
        """What was counted since the last call; `unseen` compensated requests went unscraped."""
        return finish(self.sealing(unseen, existing_counted=existing_counted))

    def sealing(
        self, unseen: int = 0, *, existing_counted: bool = False
    ) -> Generator[None, None, Delta]:
        """The same, pausing every few milliseconds; nothing may be counted before its end."""
        self.folder.begin(int(self._clock() * 1000)).exporter.unseen += unseen
        self.lines = 0
        return (yield from self.folder.sealing(existing_counted=existing_counted))

    @property
    def is_full(self) -> bool:
        """Whether the batch is large enough that it should be committed."""
        batch = self.folder.batch
        return (
            self.lines >= _BATCH_LINES
            or batch.touched >= _BATCH_LABELS
            or len(batch.changed_ids) >= _BATCH_CHANGES
            or len(batch.details) >= _BATCH_PAYOUTS
        )


def specs(config: Config) -> list[SourceSpec]:
    """What the sources need to know of the configuration."""
    return [
        SourceSpec(source.name, source.path or "-", source.start_at) for source in config.sources
    ]
