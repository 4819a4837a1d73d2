# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Rows on their way from one process to another: plain lines in, bytes, rows out, in their order.

A line that is not plain is only marked: whoever unpacks has the lines, and reads it again.
"""

from cpython.bytearray cimport (
    PyByteArray_AS_STRING,
    PyByteArray_GET_SIZE,
    PyByteArray_Resize,
)
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.string cimport memchr, memcpy

from exporter.decode.swift cimport MOST_AMOUNTS, MOST_ID, Amount, Row, Slip

import msgspec

cdef extern from "Python.h":
    object PyUnicode_FromStringAndSize(const char *text, Py_ssize_t size)
    const char *PyUnicode_AsUTF8AndSize(object text, Py_ssize_t *size) except NULL

cdef size_t _FIXED = sizeof(Row) - MOST_AMOUNTS * sizeof(Amount)
Who = tuple[str | None, str | None, str | None, str | None]
cdef object _encode = msgspec.msgpack.Encoder().encode
cdef object _decode = msgspec.msgpack.Decoder(tuple[list[Who], list[str], bytes]).decode


cdef struct Head:
    int who  # its number among the message's, -1 where the line is not plain
    int error  # the same, -1 where there is none
    int id_size
    int length  # of the line


def pack(bytes text not None):
    """What plain lines of a text say."""
    cdef Slip slip = Slip()
    cdef Head head
    cdef dict whos = {}, errors = {}
    cdef bytearray rows = bytearray()
    cdef const char *identity = NULL
    cdef Py_ssize_t size = 0
    cdef bint plain
    cdef const char *start = text
    cdef const char *end
    cdef Py_ssize_t at = 0
    while at < PyBytes_GET_SIZE(text):
        end = <const char *> memchr(start + at, b"\n", PyBytes_GET_SIZE(text) - at)
        head.length = <int> (end - start - at)
        line = start[at : at + head.length]
        at += head.length + 1
        try:
            plain = slip.read(line)
            if plain:
                identity = PyUnicode_AsUTF8AndSize(slip.id, &size)
        except (ValueError, ArithmeticError, RecursionError):
            plain = False
        if not plain or size > MOST_ID:
            head.who = -1
            _append(rows, &head, sizeof(Head))
            continue
        head.who = whos.setdefault(slip.who, len(whos))
        head.error = -1
        if slip.error_type is not None:
            head.error = errors.setdefault(slip.error_type, len(errors))
        head.id_size = <int> size
        _append(rows, &head, sizeof(Head))
        _append(rows, &slip.row, _size(&slip.row))
        _append(rows, identity, size)
    return _encode((list(whos), list(errors), rows))


cdef class Packed:
    """A message of `pack`, unpacked line by line."""

    def __init__(self, bytes message not None):
        """Raises `msgspec.ValidationError` where it is none."""
        self.whos, self.errors, self.data = _decode(message)
        self.at, self.size = 0, PyBytes_GET_SIZE(self.data)
        self.slip = Slip()

    cdef bint next(self) except -1:
        """Go to the next line; whether it is plain, and in `slip`."""
        cdef const char *data = PyBytes_AS_STRING(self.data)
        cdef Head head
        cdef Slip slip = self.slip
        if self.at + <Py_ssize_t> sizeof(Head) > self.size:
            raise ValueError("fewer rows than lines")
        memcpy(&head, data + self.at, sizeof(Head))
        self.at += sizeof(Head)
        self.length = head.length
        if head.who < 0:
            return False
        memcpy(&slip.row, data + self.at, _FIXED)
        memcpy(&slip.row, data + self.at, _size(&slip.row))
        self.at += _size(&slip.row)
        slip.id = PyUnicode_FromStringAndSize(data + self.at, head.id_size)
        self.at += head.id_size
        slip.who = self.whos[head.who]
        slip.error_type = None if head.error < 0 else self.errors[head.error]
        return True


cdef inline size_t _size(Row *row):
    """Bytes of a row with the amounts that it has."""
    return _FIXED + (row.tokens + row.items) * sizeof(Amount)


cdef inline int _append(bytearray rows, const void *data, Py_ssize_t size) except -1:
    cdef Py_ssize_t before = PyByteArray_GET_SIZE(rows)
    PyByteArray_Resize(rows, before + size)
    memcpy(PyByteArray_AS_STRING(rows) + before, data, size)
    return 0
