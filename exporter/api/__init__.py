"""Ask ZenMux's own API: one client, with one discipline for every endpoint."""

from .client import ApiClient, Limits
from .errors import ApiError, ErrorKind
from .health import ApiHealth
from .responses import Json

__all__ = ["ApiClient", "ApiError", "ApiHealth", "ErrorKind", "Json", "Limits"]
