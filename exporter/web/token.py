"""The token that clients push with: read anew when its file changes, compared in constant time."""

import asyncio
import hashlib
import hmac
from pathlib import Path

from ..config.load import push_token
from ..config.model import Push
from ..errors import ConfigError
from ..logs import get

_SCHEME = "bearer"
_Stamp = tuple[int, int, int] | None

log = get(__name__)


class Token:
    """The token in force: the file's, or its last good one where it is faulty now."""

    def __init__(self, settings: Push) -> None:
        """Read it; raises `ConfigError`."""
        self._settings = settings
        self._stamp = _stamp(settings.token_file)
        self._digest = _digest(push_token(settings))

    async def is_right(self, header: str) -> bool:
        """Return whether an `Authorization` header has it."""
        await asyncio.get_running_loop().run_in_executor(None, self._look)
        scheme, _, given = header.strip().partition(" ")
        found = _digest(given.strip().encode(errors="surrogateescape"))
        return hmac.compare_digest(found, self._digest) and scheme.lower() == _SCHEME

    def _look(self) -> None:
        stamp = _stamp(self._settings.token_file)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._digest = _digest(push_token(self._settings))
        except ConfigError as error:
            log.warning(
                "token not reloaded, the former stays in force",
                faults="; ".join(error.faults),
                always=True,
            )
        else:
            log.info("token reloaded", file=self._settings.token_file, always=True)


def _digest(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()


def _stamp(path: Path | None) -> _Stamp:
    """Return what changes with the file."""
    try:
        state = path.stat() if path is not None else None
    except OSError:
        return None
    return None if state is None else (state.st_mtime_ns, state.st_size, state.st_ino)
