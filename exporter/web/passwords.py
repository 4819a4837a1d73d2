"""Basic authentication: bcrypt in a thread, its outcomes remembered."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import bcrypt

# What bcrypt looks at; longer passwords are cut, as other implementations do.
_MAX_PASSWORD = 72
_REMEMBERED = 1000
# Any hash will do for a user who doesn't exist: the check takes as long as another's.
_NOBODY = b"$2b$%b$" + b"." * 53


class TooManyChecks(Exception):
    """Too many passwords wait to be checked."""


class Passwords:
    """Checks names and passwords, one at a time."""

    def __init__(self, most_waiting: int) -> None:
        """`most_waiting`: how many checks may run or wait."""
        self._most_waiting = most_waiting
        self._running: dict[bytes, asyncio.Task[bool]] = {}
        # Apart, so that wrong passwords push no right one out.
        self._right, self._wrong = _Remembered(), _Remembered()
        self._secret = secrets.token_bytes(32)
        self._thread = ThreadPoolExecutor(1, "passwords")

    async def is_right(self, header: str, users: Mapping[bytes, bytes]) -> bool:
        """Return whether an Authorization header names a user with the right password.

        Raises `TooManyChecks`.
        """
        credentials = _credentials(header)
        if credentials is None:
            return False
        name, password = credentials
        digest = users.get(name) or _NOBODY % _highest_cost(users)
        key = self._key(name, digest, password)
        if key in self._right or key in self._wrong:
            return key in self._right
        task = self._running.get(key)
        if task is None:
            if len(self._running) >= self._most_waiting:
                raise TooManyChecks
            task = asyncio.ensure_future(self._check(key, password, digest, is_user=name in users))
            self._running[key] = task
        return await asyncio.shield(task)

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    async def _check(self, key: bytes, password: bytes, digest: bytes, *, is_user: bool) -> bool:
        try:
            loop = asyncio.get_running_loop()
            is_right = await loop.run_in_executor(self._thread, _matches, password, digest)
        finally:
            del self._running[key]
        (self._right if is_right and is_user else self._wrong).add(key)
        return is_right and is_user

    def _key(self, *parts: bytes) -> bytes:
        """Return a keyed hash: the memory of the process holds no password for long."""
        lengths = b",".join(b"%d" % len(part) for part in parts)
        return hmac.digest(self._secret, lengths + b":" + b"".join(parts), hashlib.sha256)


class _Remembered:
    """Keys; the one not used for longest is forgotten first."""

    def __init__(self) -> None:
        self._keys: OrderedDict[bytes, None] = OrderedDict()

    def __contains__(self, key: bytes) -> bool:
        if key not in self._keys:
            return False
        self._keys.move_to_end(key)
        return True

    def add(self, key: bytes) -> None:
        self._keys[key] = None
        if len(self._keys) > _REMEMBERED:
            self._keys.popitem(last=False)


def user_name(header: str) -> str:
    """Return the name in an Authorization header; empty if there is none."""
    credentials = _credentials(header)
    return credentials[0].decode(errors="replace") if credentials else ""


def _credentials(header: str) -> tuple[bytes, bytes] | None:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(encoded.strip().encode(errors="surrogateescape"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    name, colon, password = decoded.partition(b":")
    return (name, password) if colon else None


def _matches(password: bytes, digest: bytes) -> bool:
    try:
        return bcrypt.checkpw(password[:_MAX_PASSWORD], digest)
    except ValueError:  # some versions refuse NUL in a password
        return False


def _highest_cost(users: Mapping[bytes, bytes]) -> bytes:
    return max((digest.split(b"$")[2] for digest in users.values()), default=b"10")
