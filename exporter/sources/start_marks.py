"""Remember which sources with `start_at: end` were started, across restarts."""

from collections.abc import Collection, Container, Iterable, Sequence

from ..positions import Position
from ..values.masking import masked
from .fingerprints import NO_FINGERPRINT
from .model import Block, SourceSpec

_PREFIX = "start:"


def without_marks(positions: Iterable[Position]) -> list[Position]:
    """Return the positions of files only."""
    return [position for position in positions if position.key != _key(position.source)]


class StartMarks:
    """The sources whose existing content was skipped at their start."""

    def __init__(self, positions: Iterable[Position]) -> None:
        """Start with the marks among the positions."""
        self._started = {p.source for p in positions if p.key == _key(p.source)}

    def unstarted(self, specs: Sequence[SourceSpec]) -> tuple[SourceSpec, ...]:
        """Return the sources whose existing content must be skipped now."""
        return tuple(
            spec for spec in specs if spec.start_at == "end" and spec.name not in self._started
        )

    def rewind(self, committed: Container[str]) -> None:
        """Keep only the marks among the keys of these positions."""
        self._started = {name for name in self._started if _key(name) in committed}

    def add(self, specs: Collection[SourceSpec]) -> None:
        """Note that the existing content of these sources was skipped."""
        self._started.update(spec.name for spec in specs)


def mark_of(spec: SourceSpec) -> Block:
    """Return a block without lines whose position is the source's mark."""
    key = _key(spec.name)
    path = masked(spec.path)
    position = Position(key, spec.name, path, 0, 0, NO_FINGERPRINT, 0, finished=True)
    return Block(spec.name, key, b"", 0, size=0, position=position)


def _key(source: str) -> str:
    return _PREFIX + source
