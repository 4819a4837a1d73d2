"""Slips, for whoever counts their rows without making a `Record`."""

from exporter.decode.rows cimport Row


cdef class Slip:
    """One line, read: a row with the texts beside it, or else a record."""
    cdef Row row
    cdef str id
    cdef tuple who
    cdef str error_type
    cdef object record

    cdef bint read(self, bytes line) except -1
    cdef object to_record(self)
