"""What can go wrong with a request to ZenMux's API."""

from enum import StrEnum

from ..errors import ExporterError


class ErrorKind(StrEnum):
    """The kinds of failures: the values of the label `kind`."""

    KEY = "key"  # it can't be read, so nothing was sent
    CONNECTION = "connection"
    TIMEOUT = "timeout"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    RATE_LIMITED = "rate_limited"
    REFUSED = "refused"  # another status of 400 to 499
    SERVER_ERROR = "server_error"
    REDIRECT = "redirect"
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"  # truncated, or no JSON
    UNSUCCESSFUL = "unsuccessful"  # an envelope with "success": false
    UNEXPECTED = "unexpected"  # not what the API promises


# These may pass by themselves; the others need somebody to act.
RETRIED = frozenset(
    {
        ErrorKind.CONNECTION,
        ErrorKind.TIMEOUT,
        ErrorKind.RATE_LIMITED,
        ErrorKind.SERVER_ERROR,
        ErrorKind.MALFORMED,
    }
)

_BY_STATUS = {
    401: ErrorKind.UNAUTHORIZED,
    403: ErrorKind.FORBIDDEN,
    # ZenMux's answer above its limit of requests per minute, where others answer 429.
    422: ErrorKind.RATE_LIMITED,
    429: ErrorKind.RATE_LIMITED,
}


def kind_of(status: int) -> ErrorKind:
    """Return the kind of failure for a status other than 200."""
    by_class = {3: ErrorKind.REDIRECT, 4: ErrorKind.REFUSED, 5: ErrorKind.SERVER_ERROR}
    return _BY_STATUS.get(status) or by_class.get(status // 100, ErrorKind.UNEXPECTED)


class ApiError(ExporterError):
    """A request failed; its text holds no secret.

    `wait`: the server's `Retry-After` in seconds, 0 if it sent none.
    """

    def __init__(self, kind: ErrorKind, text: str, wait: float = 0.0) -> None:
        """Store what failed."""
        super().__init__(text)
        self.kind = kind
        self.wait = wait
