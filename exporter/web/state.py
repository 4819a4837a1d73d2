"""`GET /api/v1/state`: a consistent snapshot of read positions and totals, for `reconcile`."""

from collections.abc import Iterable, Iterator

import msgspec

from ..metrics.body import Body, joined
from ..positions import Position, escape_names


def state_body(positions: Iterable[Position], lines: Iterable[str]) -> Body:
    """Return read positions and an exposition as a JSON object."""
    return Body(tuple(_parts(positions, lines)))


def _parts(positions: Iterable[Position], lines: Iterable[str]) -> Iterator[bytes]:
    escaped = [escape_names(position) for position in positions]
    yield b'{"positions":' + msgspec.json.encode(escaped) + b',"metrics":"'
    # In pieces: encoding a long text at once would hold up every other thread.
    for piece in joined(lines):
        yield msgspec.json.encode(piece)[1:-1]
    yield b'"}'
