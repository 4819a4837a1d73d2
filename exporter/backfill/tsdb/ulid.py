"""Names of blocks: ULIDs, which begin with the time of creation."""

import secrets

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH, _RANDOM_BITS = 26, 80


def ulid(now_ms: int) -> str:
    """Return a name that no other block has."""
    number = now_ms << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
    return "".join(_DIGITS[number >> shift & 31] for shift in range(5 * _LENGTH - 5, -1, -5))
