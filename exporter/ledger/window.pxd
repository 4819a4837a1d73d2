"""The id window's compiled part, for whoever folds."""

from libc.stdint cimport uint64_t

from exporter.ledger.layout cimport IdWindow

cdef enum:
    # As in `ids`: bytes of a bucket's number and of a hash's fragment; the state has 8.
    NUMBER = 3
    FRAGMENT = 7
    KEPT = 15
    ENTRY = 18
    HOLDER_BITS = 18
    FLAG_BITS = 4
    MAX_HOLDER = 262143


cdef struct Place:
    Py_ssize_t number  # of the bucket
    Py_ssize_t at  # in the bucket, -1 where it is not there
    unsigned char[ENTRY] entry  # as it is stored


cdef int place_of(Place *place, str identity) except -1
cdef void ask(Place *place, list buckets) noexcept
cdef void ask_more(Place *place, list buckets) noexcept
cdef int find(Place *place, list buckets) except -1
cdef uint64_t state_of(Place *place, list buckets) noexcept
cdef void change(Place *place, list buckets, uint64_t state) noexcept
cdef int remember(IdWindow window, object journal, Place *place, uint64_t state) except -1
