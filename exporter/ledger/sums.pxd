"""Sums of a batch's rows, for whoever folds."""

from cpython.object cimport PyObject

from exporter.decode.rows cimport CODES, FINISHES, Row
from exporter.ledger.layout cimport Batch, IdWindow, KeyTally, ModelTally, Observations


cdef struct Exemplar:
    PyObject *name
    long long value
    long long time_ms


cdef struct Bounds:
    int size
    long long *upper


cdef struct Coded:
    # Beside each other: what a row adds to of one code stands on one line of the cache.
    long long tokens, items, searched


cdef class Sums


cdef class Observed:
    cdef Bounds *bounds
    cdef long long total
    cdef long long *counts
    cdef Exemplar *exemplars

    cdef int observe(self, long long value, str name, long long time_ms) except -1
    cdef int flush(self, Observations into) except -1


cdef class ModelSums:
    cdef tuple labels
    cdef long long[FINISHES] finish
    cdef dict errors  # numbers of requests by (error type, responsibility)
    cdef Observed first_token, duration, generation, throughput

    cdef int flush(self, ModelTally tally) except -1


cdef class KeySums:
    cdef ModelSums model
    cdef unsigned long long holder
    cdef long long success, error, cancelled, discount, searches, calls
    cdef Coded[CODES] coded

    cdef int flush(self, KeyTally tally, Sums sums) except -1


cdef class Sums:
    cdef dict by_who, by_holder, by_model, types, known, errors, texts
    cdef list pairs, labels, holders
    cdef object resolve
    cdef IdWindow window
    cdef object group  # of the lines that are read ahead
    cdef long long newest_ms, now_ms
    cdef int rows
    cdef Bounds durations, throughputs

    cdef bint knows(self, Row *row) except -1
    cdef bint knows_items(self, Row *row) except -1
    cdef KeySums of_who(self, tuple who, object overflow)
    cdef object entry(self, tuple who)
    cdef KeySums of_holder(self, object holder)
    cdef ModelSums of_model(self, tuple labels)


cdef int add(object totals, object labels, object amount) except -1
