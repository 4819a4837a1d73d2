"""`GET /api/v1/state`: read positions and totals of one moment, which `reconcile` compares."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from ..metrics.body import Body
from ..positions import Position, escape_names

_LINES_AT_ONCE = 256


def state_body(positions: Iterable[Position], lines: Sequence[str]) -> Body:
    """Return read positions and an exposition as a JSON object."""
    return Body(tuple(_parts(positions, lines)))


def _parts(positions: Iterable[Position], lines: Sequence[str]) -> Iterator[bytes]:
    escaped = [escape_names(position) for position in positions]
    yield b'{"positions":' + msgspec.json.encode(escaped) + b',"metrics":"'
    # A long text is encoded in pieces: one piece would hold up every other thread.
    for first in range(0, len(lines), _LINES_AT_ONCE):
        piece = "".join(lines[first : first + _LINES_AT_ONCE])
        yield msgspec.json.encode(piece)[1:-1]
    yield b'"}'
