"""Fingerprints: recognise a content by its first bytes, under any name."""

import hashlib

from ..positions import Fingerprint

FINGERPRINT_BYTES = 1024
# Many files may share fewer first bytes than this: then only the inode decides.
MINIMUM_BYTES = 64
NO_FINGERPRINT = Fingerprint(0, "")


def fingerprint_of(data: bytes) -> Fingerprint:
    """Return the fingerprint of these first bytes."""
    if not data:
        return NO_FINGERPRINT
    return Fingerprint(len(data), hashlib.blake2b(data, digest_size=16).hexdigest())


def is_extended_by(known: Fingerprint, begin: bytes) -> bool:
    """Return True if the first bytes begin with those of a fingerprint."""
    return not known.length or fingerprint_of(begin[: known.length]) == known
