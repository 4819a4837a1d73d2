"""The client of ZenMux's own API, with the same retries and limits for every endpoint."""

from .client import ApiClient, Limits
from .errors import ApiError, ErrorKind
from .health import ApiHealth
from .responses import Json

__all__ = ["ApiClient", "ApiError", "ApiHealth", "ErrorKind", "Json", "Limits"]
