# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The compiled twin of the id window's most used parts: where an id stands, and a new one."""

from cpython.bytearray cimport (
    PyByteArray_AS_STRING,
    PyByteArray_FromStringAndSize,
    PyByteArray_GET_SIZE,
    PyByteArray_Resize,
)
from cpython.object cimport PyObject
from libc.string cimport memcpy, memset

from exporter.ledger.layout cimport IdWindowNames, is_laid_out

from .ids import copy_hash

if not is_laid_out(IdWindow, IdWindowNames):
    raise ImportError("built for other classes")

cdef extern from "ledger/blake2b.h":
    enum:
        BLOCK
    void blake2b(const void *text, size_t size, void *digest, size_t length)

cdef extern from "Python.h":
    bint PyUnicode_IS_COMPACT_ASCII(object text)
    const unsigned char *PyUnicode_1BYTE_DATA(object text)
    PyObject *PyList_GET_ITEM(object items, Py_ssize_t number)

cdef extern from *:
    """
    #if defined(__GNUC__) || defined(__clang__)
    #define prefetch(place) __builtin_prefetch(place, 1)
    #else
    #define prefetch(place) ((void) (place))
    #endif
    """
    void prefetch(const void *place)

cdef object _copy_hash = copy_hash
cdef uint64_t _fragment_mask = 0
memset(&_fragment_mask, 255, FRAGMENT)


cdef int place_of(Place *place, str identity) except -1:
    """Where an id belongs: its entry begins with its number and fragment."""
    _hash(identity, place.entry)
    place.entry[0] &= 1
    place.number = place.entry[0] << 16 | place.entry[1] << 8 | place.entry[2]
    return 0


cdef void ask(Place *place, list buckets) noexcept:
    """Have the processor fetch an id's bucket while it does other things."""
    prefetch(PyList_GET_ITEM(buckets, place.number))


cdef void ask_more(Place *place, list buckets) noexcept:
    """Have it fetch what the bucket holds, which was asked for a while ago."""
    cdef PyObject *bucket = PyList_GET_ITEM(buckets, place.number)
    if bucket != <PyObject *> None:
        prefetch(PyByteArray_AS_STRING(<object> bucket))


cdef int find(Place *place, list buckets) except -1:
    """Where in its bucket an id stands."""
    place.at = -1
    cdef object bucket = buckets[place.number]
    cdef Py_ssize_t at = 0, size
    cdef const char *kept
    cdef uint64_t wanted = 0, fragment = 0
    if bucket is not None:
        size = PyByteArray_GET_SIZE(bucket)
        kept = PyByteArray_AS_STRING(bucket)
        memcpy(&wanted, place.entry + NUMBER, FRAGMENT)
        while at < size:
            # All eight bytes at once: seven would be put together in memory, which stalls.
            memcpy(&fragment, kept + at, sizeof(fragment))
            if fragment & _fragment_mask == wanted:
                place.at = at
                break
            at += KEPT
    return 0


cdef uint64_t state_of(Place *place, list buckets) noexcept:
    """The state of an id that was found."""
    cdef const unsigned char *kept
    cdef uint64_t state = 0
    cdef int shift
    kept = <const unsigned char *> PyByteArray_AS_STRING(buckets[place.number]) + place.at
    for shift in range(8):
        state |= <uint64_t> kept[FRAGMENT + shift] << 8 * shift
    return state


cdef void change(Place *place, list buckets, uint64_t state) noexcept:
    """Change the flags of an id that was found."""
    PyByteArray_AS_STRING(buckets[place.number])[place.at + FRAGMENT] = <char> (state & 255)


cdef int _hash(str identity, unsigned char *digest) except -1:
    """The hash of an id, of its number's and fragment's length."""
    cdef bytes encoded
    cdef const char *text
    cdef Py_ssize_t size
    if PyUnicode_IS_COMPACT_ASCII(identity):
        text, size = <const char *> PyUnicode_1BYTE_DATA(identity), len(identity)
    else:
        encoded = identity.encode(errors="surrogatepass")
        text, size = encoded, len(encoded)
    if size <= BLOCK:
        blake2b(text, size, digest, NUMBER + FRAGMENT)
        return 0
    hashed = _copy_hash()
    hashed.update(identity.encode(errors="surrogatepass"))
    encoded = hashed.digest()
    memcpy(digest, <const char *> encoded, NUMBER + FRAGMENT)
    return 0


def hash_of(str identity not None):
    """The hash that decides where an id is kept."""
    cdef unsigned char[NUMBER + FRAGMENT] digest
    _hash(identity, digest)
    return digest[: NUMBER + FRAGMENT]


cdef int remember(IdWindow window, object journal, Place *place, uint64_t state) except -1:
    """Add an id to the window and its entry to the journal, as `IdWindow.add`."""
    cdef list buckets = window.buckets
    cdef object bucket = buckets[place.number]
    cdef int shift
    for shift in range(8):
        place.entry[NUMBER + FRAGMENT + shift] = state >> 8 * shift & 255
    if bucket is None:
        buckets[place.number] = PyByteArray_FromStringAndSize(<char *> place.entry + NUMBER, KEPT)
    else:
        _append(bucket, place.entry + NUMBER, KEPT)
    _append(window.arrivals, place.entry, NUMBER)
    _append(journal, place.entry, ENTRY)
    window.count += 1
    return 0


cdef inline int _append(object array, const unsigned char *data, Py_ssize_t size) except -1:
    cdef Py_ssize_t before = PyByteArray_GET_SIZE(array)
    PyByteArray_Resize(array, before + size)
    memcpy(PyByteArray_AS_STRING(array) + before, data, size)
    return 0
