"""Whether something can be stored: told once, counted, and told when it can be again."""

from ..logs import get

log = get(__name__)


class Storing:
    """How storing goes; used in the event loop."""

    def __init__(self, what: str, source: str) -> None:
        """All is well."""
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
                remedy="it is tried again; make room",
                always=True,
            )
        self.trouble = error.strerror or str(error)

    def succeeded(self) -> None:
        """What was to be stored is."""
        if self.trouble:
            log.info(self._over, source=self._source, always=True)
        self.trouble = ""
