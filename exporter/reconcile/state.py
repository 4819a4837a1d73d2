"""Query a running exporter for its read positions and totals."""

from dataclasses import dataclass, replace

import msgspec

from ..client import get
from ..errors import ExporterError
from ..positions import Position, unescape_names

_PATH = "/api/v1/state"


@dataclass(frozen=True, slots=True)
class State:
    """Read positions and the exposition of one published state."""

    positions: tuple[Position, ...]
    metrics: str


def fetch(url: str) -> State:
    """Return the published state of the exporter at `url`; raises `ExporterError`.

    A user and a password are given before the host.
    """
    try:
        state = msgspec.json.decode(get(url, _PATH), type=State)
    except ValueError as error:
        raise ExporterError(f"{_PATH}: {error}") from error
    return replace(state, positions=tuple(map(unescape_names, state.positions)))
