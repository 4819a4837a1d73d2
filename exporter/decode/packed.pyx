# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Rows read ahead of their turn, here or in another process: a text in, its rows out in order.

A line that is not plain is only marked: whoever unpacks has the lines, and reads it again.
"""

from cpython.bytearray cimport (
    PyByteArray_AS_STRING,
    PyByteArray_GET_SIZE,
    PyByteArray_Resize,
)
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.string cimport memchr, memcpy

from exporter.decode.rows cimport MOST_AMOUNTS, MOST_ID, Amount, Row
from exporter.decode.swift cimport Slip

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


cdef class Packer:
    """Reads a text step by step, so that whoever does it can pause."""

    cdef bytes text
    cdef Py_ssize_t at
    cdef dict whos, errors
    cdef bytearray rows
    cdef Slip slip

    def __init__(self, bytes text not None):
        """Nothing read yet."""
        self.text, self.at = text, 0
        self.whos, self.errors, self.rows, self.slip = {}, {}, bytearray(), Slip()

    def step(self, int lines):
        """Read so many further lines; whether some are left."""
        cdef Slip slip = self.slip
        cdef Head head
        cdef const char *identity = NULL
        cdef const char *start = self.text
        cdef const char *end
        cdef Py_ssize_t size = 0, left
        cdef bint plain
        for _ in range(lines):
            left = PyBytes_GET_SIZE(self.text) - self.at
            if left == 0:
                return False
            end = <const char *> memchr(start + self.at, b"\n", left)
            head.length = <int> (end - start - self.at)
            line = start[self.at : self.at + head.length]
            self.at += head.length + 1
            try:
                plain = slip.read(line)
                if plain:
                    identity = PyUnicode_AsUTF8AndSize(slip.id, &size)
            except (ValueError, ArithmeticError, RecursionError):
                plain = False
            if not plain or size > MOST_ID:
                head.who = -1
                _append(self.rows, &head, sizeof(Head))
                continue
            head.who = self.whos.setdefault(slip.who, len(self.whos))
            head.error = -1
            if slip.error_type is not None:
                head.error = self.errors.setdefault(slip.error_type, len(self.errors))
            head.id_size = <int> size
            _append(self.rows, &head, sizeof(Head))
            _append(self.rows, &slip.row, _size(&slip.row))
            _append(self.rows, identity, size)
        return True

    def message(self):
        """What was read, for another process."""
        return _encode((list(self.whos), list(self.errors), self.rows))

    def packed(self):
        """What was read, for this one."""
        return Packed(list(self.whos), list(self.errors), bytes(self.rows))


def unpack(message):
    """What a message says; raises `msgspec.ValidationError` where it is none."""
    return Packed(*_decode(message))


cdef class Packed:
    """What the lines of a text say, line by line."""

    def __init__(self, list whos not None, list errors not None, bytes data not None):
        """Made by `unpack` and `Packer`."""
        self.whos, self.errors, self.data = whos, errors, data
        self.at, self.size = 0, PyBytes_GET_SIZE(self.data)

    cdef bint next(self, Slip slip) except -1:
        """Go to the next line; whether it is plain, and in `slip`."""
        cdef const char *data = PyBytes_AS_STRING(self.data)
        cdef Head head
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
