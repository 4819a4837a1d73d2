"""Rows: what a plain line says as numbers, for whoever counts them without making a `Record`."""

from exporter.decode.layout cimport NativeTokens

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


cdef int number_of(dict numbers, object word) except -1
cdef int put(Row *row, int code, long long number) except -1
cdef int put_tokens(Row *row, dict fees) except -1
cdef int put_usage(Row *row, NativeTokens usage) except -1
cdef int put_speed(Row *row, object calls, object latency, object generation, object rate) except -1
cdef long long put_item(Row *row, object code, object amount) except -1
cdef int put_bill(
    Row *row,
    bint itemized,
    long long listed,
    object amount,
    object rated,
    object usage,
    object discount,
    object rated_discount,
) except -1
cdef object put_end(
    Row *row, object word, object success, object error_type, object status, object cancelled
)
