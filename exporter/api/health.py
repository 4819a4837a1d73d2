"""How requests to the API went: the last success, and the failures by kind, of each endpoint."""

from collections.abc import Mapping

from ..logs import get
from .errors import ApiError, ErrorKind

log = get(__name__)


class ApiHealth:
    """The health of each endpoint; each failure and each recovery is logged once.

    If requests fail and succeed by turns, both are logged at most once a minute.
    """

    def __init__(self) -> None:
        """Start without endpoints."""
        self._succeeded: dict[str, float] = {}
        self._errors: dict[str, dict[ErrorKind, int]] = {}
        self._failing: dict[str, ErrorKind] = {}

    def expect(self, endpoint: str) -> None:
        """Add an endpoint, which is shown before its first answer."""
        self._succeeded.setdefault(endpoint, 0.0)
        self._errors.setdefault(endpoint, dict.fromkeys(ErrorKind, 0))

    def succeeded(self, endpoint: str, at: float) -> None:
        """Record the Unix time of a usable answer."""
        self.expect(endpoint)
        self._succeeded[endpoint] = at
        if self._failing.pop(endpoint, None) is not None:
            log.info("ZenMux's API answers again", endpoint=endpoint)

    def failed(self, endpoint: str, error: ApiError) -> None:
        """Count a failed attempt."""
        self.expect(endpoint)
        self._errors[endpoint][error.kind] += 1

    def gave_up(self, endpoint: str, error: ApiError) -> None:
        """Log that all attempts failed, unless the last ones failed in the same way."""
        if self._failing.get(endpoint) is not error.kind:
            self._failing[endpoint] = error.kind
            log.warning(
                "ZenMux's API failed",
                endpoint=endpoint,
                reason=error.kind.value,
                error=str(error),
            )

    @property
    def successes(self) -> Mapping[str, float]:
        """The Unix time of each endpoint's last success, 0 if it had none."""
        return self._succeeded

    @property
    def errors(self) -> Mapping[str, Mapping[ErrorKind, int]]:
        """The failed attempts of each endpoint by kind, since the start."""
        return self._errors
