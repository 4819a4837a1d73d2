"""Push lines to an exporter: `POST /api/v1/records`, JSON Lines, with a bearer token."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from .bodies import parsed
from .libraries import LIBRARIES
from .protocols import word
from .sinks import Undelivered
from .troubles import log
from .version import __version__

_OK: Final = 200
_TOO_LARGE: Final = 413
_TOO_MANY: Final = 429
_FIRST_SERVER_ERROR: Final = 500
_LONGEST_WAIT: Final = 60.0


class PushSink:
    """An exporter's `/api/v1/records`.

    Lines that failed because of the network, a server error (5xx) or a limit (429) are sent again
    with the same `Idempotency-Key`. Other refusals are final.
    """

    batch_lines = 500

    def __init__(
        self,
        url: str,
        *,
        token_file: str | os.PathLike[str] | None = None,
        token_env: str | None = None,
        linger_seconds: float = 1.0,
        timeout_seconds: float = 10.0,
    ) -> None:
        """Connect when there is something to send.

        `url` includes the path. The token is read for each batch, from a file or the environment.
        """
        if urlsplit(url).scheme not in {"http", "https"}:
            raise ValueError("url must begin with http:// or https://")
        if (token_file is None) == (token_env is None):
            raise ValueError("give token_file or token_env")
        self.linger_seconds = linger_seconds
        self._url = url
        self._token_file = token_file
        self._token_env = token_env
        self._timeout = timeout_seconds
        self._client: Any = None
        self._owner = 0
        self._has_told = False

    def write(self, lines: Sequence[bytes]) -> int:
        """Send lines as one batch; split it in halves if it is too large."""
        response = self._post(b"".join(lines))
        status: int = response.status_code
        if status == _OK:
            return self._rejected(response.content)
        if status == _TOO_LARGE and len(lines) > 1:
            return self._write_halves(lines)
        can_wait = status == _TOO_MANY or status >= _FIRST_SERVER_ERROR
        raise Undelivered(
            f"{self._url} answered {status}",
            is_final=not can_wait,
            retry_after=_seconds(response.headers.get("retry-after")),
        )

    def close(self) -> None:
        """Close the connection; a later batch opens a new one."""
        if self._client is not None and self._owner == os.getpid():
            self._client.close()
        self._client = None

    def _write_halves(self, lines: Sequence[bytes]) -> int:
        middle = len(lines) // 2
        rejected = self.write(lines[:middle])
        try:
            return rejected + self.write(lines[middle:])
        except Undelivered as error:
            error.delivered += middle
            raise

    def _post(self, body: bytes) -> Any:
        library = LIBRARIES[0]
        headers = {
            "Authorization": f"Bearer {self._token()}",
            "Content-Type": "application/x-ndjson",
            "Idempotency-Key": hashlib.sha256(body).hexdigest()[:32],
        }
        try:
            return self._connected().post(self._url, content=body, headers=headers)
        except (library.HTTPError, OSError) as error:
            raise Undelivered(f"{self._url}: {type(error).__name__}") from error

    def _connected(self) -> Any:
        """Return this process's client: one created before a fork belongs to the parent."""
        if self._client is None or self._owner != os.getpid():
            agent = {"User-Agent": f"zenmux-recorder/{__version__}"}
            self._client = LIBRARIES[0].Client(timeout=self._timeout, headers=agent)
            self._owner = os.getpid()
        return self._client

    def _token(self) -> str:
        try:
            if self._token_file is not None:
                return Path(self._token_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeError) as error:
            reason = f"{self._token_file}: {type(error).__name__}"
            raise Undelivered(reason) from None
        return os.environ.get(self._token_env or "", "").strip()

    def _rejected(self, content: bytes) -> int:
        """Return how many lines the exporter rejected; log the first reason once."""
        answer = parsed(content)
        given = answer if isinstance(answer, dict) else {}
        rejected = given.get("rejected")
        if not isinstance(rejected, int) or not rejected:
            return 0
        errors = given.get("errors")
        first = errors[0] if isinstance(errors, list) and errors else {}
        reason = word(first.get("reason")) if isinstance(first, dict) else None
        if not self._has_told:
            self._has_told = True
            log.warning("%s rejected lines, the first as %s", self._url, reason or "unknown")
        return rejected


def _seconds(retry_after: str | None) -> float:
    """Return the seconds of `Retry-After`; dates are ignored."""
    text = (retry_after or "").strip()
    return min(float(text), _LONGEST_WAIT) if text.isascii() and text.isdigit() else 0.0
