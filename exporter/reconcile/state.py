"""Ask a running exporter for its read positions and totals."""

import base64
import http.client
import urllib.error
import urllib.parse
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
    """Return the published state of the exporter at `url`; raises `ExporterError`.

    A user and a password stand before the host.
    """
    base, credentials = _split(url)
    if not base.startswith(("http://", "https://")):
        raise ExporterError(f"{base}: must begin with http:// or https://")
    address = base.rstrip("/") + _PATH
    request = urllib.request.Request(address, headers=credentials)  # noqa: S310 - checked
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310 - checked
            state = msgspec.json.decode(answer.read(), type=State)
    except urllib.error.HTTPError as error:
        with error:
            raise ExporterError(f"{address}: answers {error.code} {error.reason}") from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise ExporterError(f"{address}: {getattr(error, 'reason', error)}") from error
    return replace(state, positions=tuple(map(unescape_names, state.positions)))


def _split(url: str) -> tuple[str, dict[str, str]]:
    """Return an address without the user and password in it, and the header that they make."""
    scheme, mark, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    user, at, host = host.rpartition("@")
    base = f"{scheme}{mark}{host}{slash}{path}"
    if not at:
        return base, {}
    plain = urllib.parse.unquote_to_bytes(user)
    return base, {"Authorization": f"Basic {base64.b64encode(plain).decode()}"}
