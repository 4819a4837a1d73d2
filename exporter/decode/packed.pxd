"""Rows on their way from one process to another."""

from exporter.decode.swift cimport Slip


cdef class Packed:
    cdef Slip slip  # the row that `next` came to
    cdef Py_ssize_t length  # of its line
    cdef bytes data
    cdef list whos, errors
    cdef Py_ssize_t at, size

    cdef bint next(self) except -1
