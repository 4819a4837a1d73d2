"""Fingerprints: recognise a content by its first bytes, wherever it stands."""

import hashlib

from ..positions import Fingerprint

FINGERPRINT_BYTES = 1024
# Fewer first bytes than this may be those of many files: then only the inode decides.
MINIMUM_BYTES = 64
NO_FINGERPRINT = Fingerprint(0, "")


def fingerprint_of(data: bytes) -> Fingerprint:
    """Return the fingerprint of these first bytes."""
    if not data:
        return NO_FINGERPRINT
    return Fingerprint(len(data), hashlib.blake2b(data, digest_size=16).hexdigest())


def is_extended_by(known: Fingerprint, begin: bytes) -> bool:
    """Return whether the first bytes begin with those of a fingerprint."""
    return not known.length or fingerprint_of(begin[: known.length]) == known
