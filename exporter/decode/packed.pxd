"""Rows on their way from one process to another."""

from exporter.decode.swift cimport Slip


cdef class Packed:
    cdef Py_ssize_t length  # of the line that `next` came to
    cdef bytes data
    cdef list whos, errors
    cdef Py_ssize_t at, size

    cdef bint next(self, Slip slip) except -1
