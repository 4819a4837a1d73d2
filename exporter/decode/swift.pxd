"""Rows: what a plain line says as numbers, for whoever counts them without making a `Record`."""

cdef enum:
    CODES = 16  # of tokens and of a bill's items, `NAMES` in their order
    FINISHES = 8
    MOST_AMOUNTS = 24
    MOST_ID = 128  # bytes

    SUCCESS = 0
    ERROR = 1
    CANCELLED = 2

    HAS_TOKENS = 1
    HAS_BILL = 2
    HAS_LATENCY = 4
    HAS_GENERATION = 8
    HAS_THROUGHPUT = 16
    STREAMED = 32


cdef struct Amount:
    long long number
    long long code


cdef struct Row:
    # In the units of `Record`; every number is far enough below 2^63 that a batch's sum is, too.
    long long time_ms, latency, generation, throughput, output, searches, total, discount
    unsigned char flags, outcome, finish, tokens, items
    Amount[MOST_AMOUNTS] amounts  # those of tokens, then those of items


cdef class Slip:
    """One line, read: a row with the texts beside it, or else a record."""
    cdef Row row
    cdef str id
    cdef tuple who
    cdef str error_type
    cdef object record

    cdef bint read(self, bytes line) except -1
    cdef object to_record(self)
