# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The compiled twin of `framing`'s look at a block: is it UTF-8? Nobody has to wait for it."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport uint64_t
from libc.string cimport memcpy

cdef uint64_t _HIGH = 0x8080808080808080


def is_utf8(bytes data not None):
    """Whether bytes are UTF-8 as Python reads it: shortest forms, no surrogates."""
    cdef const unsigned char *at = <const unsigned char *> PyBytes_AS_STRING(data)
    cdef const unsigned char *end = at + PyBytes_GET_SIZE(data)
    cdef bint valid
    with nogil:
        valid = _is_utf8(at, end)
    return valid


cdef bint _is_utf8(const unsigned char *at, const unsigned char *end) noexcept nogil:
    cdef int size
    while at < end:
        while end - at >= 32 and not (_word(at) | _word(at + 8) | _word(at + 16) | _word(at + 24)) & _HIGH:
            at += 32
        while end - at >= 8 and not _word(at) & _HIGH:
            at += 8
        while at < end and at[0] < 0x80:
            at += 1
        while at < end and at[0] >= 0x80:
            size = _size(at, end - at)
            if not size:
                return False
            at += size
    return True


cdef inline uint64_t _word(const unsigned char *at) noexcept nogil:
    cdef uint64_t word
    memcpy(&word, at, sizeof(word))
    return word


cdef inline int _size(const unsigned char *at, Py_ssize_t left) noexcept nogil:
    """Bytes of a character beyond ASCII, 0 where it is none (Unicode 15, table 3-7)."""
    cdef unsigned char first = at[0], least = 0x80, most = 0xBF
    cdef int size, place
    if first < 0xC2 or first > 0xF4:
        return 0
    size = 2 if first < 0xE0 else 3 if first < 0xF0 else 4
    if left < size:
        return 0
    if first == 0xE0:
        least = 0xA0
    elif first == 0xED:
        most = 0x9F
    elif first == 0xF0:
        least = 0x90
    elif first == 0xF4:
        most = 0x8F
    if not least <= at[1] <= most:
        return 0
    for place in range(2, size):
        if at[place] & 0xC0 != 0x80:
            return 0
    return size
