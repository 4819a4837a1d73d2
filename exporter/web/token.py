"""The token for pushes: read again when its file changes, compared in constant time."""

import asyncio
import hashlib
import hmac
import threading

from ..logs import get
from ..secret import SecretError, SecretPlace

_SCHEME = "bearer"

log = get(__name__)


class Token:
    """The token in use: the file's, or its last valid one if the file is faulty now."""

    def __init__(self, place: SecretPlace) -> None:
        """Read the token; raises `SecretError`."""
        self._place = place
        self._looking = threading.Lock()
        # Before reading: a change meanwhile is noticed next time.
        self._stamp = place.stamp()
        self._digest = _digest(place.read())

    async def is_right(self, header: str) -> bool:
        """Return True if an `Authorization` header has the token."""
        await asyncio.get_running_loop().run_in_executor(None, self._look)
        scheme, _, given = header.strip().partition(" ")
        found = _digest(given.strip().encode(errors="surrogateescape"))
        return hmac.compare_digest(found, self._digest) and scheme.lower() == _SCHEME

    def _look(self) -> None:
        # One at a time: no request may be checked by the old token while another reads a new one.
        with self._looking:
            self._read_changed()

    def _read_changed(self) -> None:
        stamp = self._place.stamp()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._digest = _digest(self._place.read())
        except SecretError as error:
            log.warning(
                "token not reloaded, the previous one stays in use",
                faults="; ".join(error.faults),
                always=True,
            )
        else:
            log.info("token reloaded", file=self._place.file, always=True)


def _digest(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()
