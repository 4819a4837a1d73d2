"""Basic authentication: bcrypt in a thread, with its results cached."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import ipaddress
import secrets
from collections import Counter, OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import bcrypt

# bcrypt's limit; longer passwords are cut, as in other implementations.
_MAX_PASSWORD = 72
_REMEMBERED = 1000
# The prefix of an IPv6 address that identifies a client: it has all addresses with that prefix.
_NETWORK = 64
# For unknown users: the check takes as long as for others, and no password has this hash, since
# bcrypt leaves some bits of its last character 0.
_NOBODY = b"$2b$%b$" + b"." * 52 + b"/"


class TooManyChecks(Exception):
    """Too many passwords are waiting to be checked."""


class Passwords:
    """A checker of names and passwords, one at a time."""

    def __init__(self, most_waiting: int, most_of_client: int) -> None:
        """`most_waiting`: most checks that may run or wait; `most_of_client`: of one address."""
        self._most_waiting = most_waiting
        self._most_of_client = most_of_client
        self._running: dict[bytes, asyncio.Task[bool]] = {}
        self._clients: Counter[str] = Counter()  # of the running checks
        # Apart, so that wrong passwords don't evict right ones.
        self._right, self._wrong = _Remembered(), _Remembered()
        self._secret = secrets.token_bytes(32)
        self._thread = ThreadPoolExecutor(1, "passwords")

    async def is_right(self, header: str, users: Mapping[bytes, bytes], address: str) -> bool:
        """Return True if an Authorization header names a user with the right password.

        `address`: the client's. Raises `TooManyChecks`, for all clients or for this address only.
        """
        credentials = _credentials(header)
        if credentials is None:
            return False
        name, password = credentials
        digest = users.get(name) or _NOBODY % _highest_cost(users)
        key = self._key(name, digest, password)
        if key in self._right or key in self._wrong:
            return key in self._right
        task = self._running.get(key) or self._start(key, _client(address), password, digest)
        return await asyncio.shield(task)

    def _start(self, key: bytes, client: str, password: bytes, digest: bytes) -> asyncio.Task[bool]:
        if len(self._running) >= self._most_waiting:
            raise TooManyChecks
        if self._clients[client] >= self._most_of_client:
            raise TooManyChecks
        self._clients[client] += 1
        self._running[key] = asyncio.ensure_future(self._check(key, client, password, digest))
        return self._running[key]

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    async def _check(self, key: bytes, client: str, password: bytes, digest: bytes) -> bool:
        try:
            loop = asyncio.get_running_loop()
            is_right = await loop.run_in_executor(self._thread, _matches, password, digest)
        finally:
            del self._running[key]
            self._clients[client] -= 1
            if not self._clients[client]:
                del self._clients[client]
        (self._right if is_right else self._wrong).add(key)
        return is_right

    def _key(self, *parts: bytes) -> bytes:
        """Return a keyed hash, so that the process doesn't keep passwords in memory."""
        lengths = b",".join(b"%d" % len(part) for part in parts)
        return hmac.digest(self._secret, lengths + b":" + b"".join(parts), hashlib.sha256)


class _Remembered:
    """A set of keys that evicts the least recently used one."""

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


def _client(address: str) -> str:
    """Return the client of an address: itself if IPv4, its network if IPv6."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((int(found), _NETWORK), strict=False))


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
