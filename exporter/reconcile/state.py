"""Ask a running exporter for its read positions and totals."""

import http.client
import urllib.error
import urllib.request
from dataclasses import dataclass, replace

import msgspec

from ..errors import ExporterError
from ..positions import Position, unescape_names

_PATH = "/api/v1/state"
_TIMEOUT = 30


@dataclass(frozen=True, slots=True)
class State:
    """Read positions and the exposition of one published state."""

    positions: tuple[Position, ...]
    metrics: str


def fetch(url: str) -> State:
    """Return the published state of the exporter at `url`; raises `ExporterError`."""
    if not url.startswith(("http://", "https://")):
        raise ExporterError(f"{url}: must begin with http:// or https://")
    address = url.rstrip("/") + _PATH
    try:
        with urllib.request.urlopen(address, timeout=_TIMEOUT) as answer:  # noqa: S310 - checked
            state = msgspec.json.decode(answer.read(), type=State)
    except urllib.error.HTTPError as error:
        with error:
            raise ExporterError(f"{address}: answers {error.code} {error.reason}") from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise ExporterError(f"{address}: {getattr(error, 'reason', error)}") from error
    return replace(state, positions=tuple(map(unescape_names, state.positions)))
