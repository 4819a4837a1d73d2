"""Count failures to store something; log the first one, and when it works again."""

from ..logs import get

log = get(__name__)


class Storing:
    """State of storing one kind of data; used in the event loop."""

    def __init__(self, what: str, source: str) -> None:
        """Start without trouble."""
        self._said, self._over = f"{what} can't be stored", f"{what} can be stored again"
        self._source = source
        self.trouble = ""
        self.failures = 0

    def failed(self, error: OSError) -> None:
        """Count an attempt that failed."""
        self.failures += 1
        if not self.trouble:
            log.warning(
                self._said,
                source=self._source,
                reason=error.strerror or str(error),
                remedy="free some space; it is retried",
                always=True,
            )
        self.trouble = error.strerror or str(error)

    def succeeded(self) -> None:
        """Note that storing worked; log it after a failure."""
        if self.trouble:
            log.info(self._over, source=self._source, always=True)
        self.trouble = ""
