# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""One value of a plain line as an integer: amounts, rates, times. Others raise `Rare`."""

from cpython.bytes cimport PyBytes_GET_SIZE
from cpython.long cimport PyLong_AsLongLongAndOverflow
from cpython.unicode cimport PyUnicode_GET_LENGTH
from libc.math cimport rint
from libc.string cimport memchr, memcmp

from .. import moments
from ..exact import divide

cdef extern from "string.h":
    void *memmem(const char *text, size_t size, const char *part, size_t length)

cdef extern from "Python.h":
    const char *PyUnicode_AsUTF8AndSize(object text, Py_ssize_t *size) except NULL
    double PyOS_string_to_double(const char *text, char **end, void *overflow) except? -1.0
    bint PyUnicode_IS_COMPACT_ASCII(object text)
    const unsigned char *PyUnicode_1BYTE_DATA(object text)

cdef object _parse_moment = moments.parse
cdef object _divide = divide
cdef double _MARGIN = 0.25
cdef long long[13] _POWERS = [10**power for power in range(13)]
cdef long long _FEW_DIGITS = 10**17
cdef long long _MINUTE = 60_000
# Days of each month beyond 28; the 29th of February is left to Python.
cdef int[13] _longer = [0, 3, 0, 3, 2, 3, 2, 3, 3, 2, 3, 2, 3]


class Rare(Exception):
    """This line is not a plain one."""


cdef object _rare = Rare


cdef double double_of(object value) except? -1.0:
    """The binary float of a number or a numeric string; the decoder has checked numbers."""
    cdef Py_ssize_t size
    cdef const char *text
    cdef char *end
    cdef double number
    if type(value) is float or type(value) is int:
        return value
    if type(value) is not str:
        raise _rare
    text = PyUnicode_AsUTF8AndSize(value, &size)
    number = PyOS_string_to_double(text, &end, NULL)
    if end != text + size:
        raise _rare
    return number


cdef long long near(double number, double factor, double limit) except -1:
    """The scaled integer where rounding the float is proven right, as in `exact`."""
    cdef double scaled = number * factor, whole
    if 0.0 <= number < limit:
        whole = rint(scaled)
        if -_MARGIN < scaled - whole < _MARGIN:
            return <long long> whole
    raise _rare


cdef long long usd(object value) except -1:
    """Pico-USD; a plain text of at most twelve decimals is an integer as it stands."""
    cdef Py_ssize_t size, at
    cdef const char *text
    cdef long long whole = 0
    cdef int places = -1
    if type(value) is str:
        text = PyUnicode_AsUTF8AndSize(value, &size)
        if 0 < size <= 16 and text[0] != b"." and text[size - 1] != b".":
            for at in range(size):
                if text[at] == b"." and places < 0:
                    places = 0
                elif 48 <= text[at] <= 57:
                    whole = whole * 10 + text[at] - 48
                    places += places >= 0
                else:
                    break
            else:
                places = max(places, 0)
                if size - places <= 4 and places <= 12:
                    return whole * _POWERS[12 - places]
    return near(double_of(value), 1e12, 1000.0)


cdef long long quotient(long long output, long long generation) except -1:
    """Millionths of a token a second from tokens and microseconds, rounded half-even."""
    cdef long long whole, rest
    if output > 9_000_000:
        return _divide(<object> output * 10**12, generation)
    whole, rest = output * 10**12 // generation, output * 10**12 % generation
    if rest * 2 > generation or rest * 2 == generation and whole & 1:
        whole += 1
    return whole


cdef inline int _two(const unsigned char *at) except -1:
    """Two digits."""
    if not (48 <= at[0] <= 57 and 48 <= at[1] <= 57):
        raise _rare
    return (at[0] - 48) * 10 + at[1] - 48


cdef long long fraction(double time, bytes raw) except -1:
    """Unix milliseconds of a time in seconds with a fraction, cut where its literal cuts it.

    The binary float tells, unless the literal may stand a millisecond's end: then its digits do,
    which are those behind the one `"timestamp"` of the line.
    """
    cdef double scaled = time * 1000.0
    cdef long long whole = <long long> scaled
    cdef const char *text = raw
    cdef const char *end = text + PyBytes_GET_SIZE(raw)
    cdef const char *at
    if not 946_684_801.0 < time < 4_133_980_799.0:
        raise _rare
    if 0.01 < scaled - whole < 0.99:
        return whole
    at = <const char *> memmem(text, end - text, b'"timestamp"', 11)
    if at == NULL or memmem(at + 11, end - at - 11, b'"timestamp"', 11) != NULL:
        raise _rare
    if memchr(text, b"\\", end - text) != NULL:  # the name may stand there in another spelling
        raise _rare
    at += 11
    while at < end and at[0] in b" \t:":
        at += 1
    return _digits(at, end)


cdef long long _digits(const char *at, const char *end) except -1:
    """The milliseconds of a literal in seconds."""
    cdef long long whole = 0
    cdef int places = -1
    while at < end and places < 3:
        if at[0] == b"." and places < 0:
            places = 0
        elif 48 <= at[0] <= 57 and whole < _FEW_DIGITS:
            whole = whole * 10 + at[0] - 48
            places += places >= 0
        else:
            break
        at += 1
    while at < end and 48 <= at[0] <= 57:
        at += 1
    if places < 1 or at >= end or at[0] not in b",} \t\r\n":
        raise _rare
    for _ in range(3 - places):
        whole *= 10
    return whole


cdef long long moment(object time) except -1:
    """Unix milliseconds of `2026-11-01T00:00:00.123+00:00` or `…Z`; others go to `moments`."""
    cdef int beyond = 0
    cdef long long number
    if type(time) is int:
        number = PyLong_AsLongLongAndOverflow(time, &beyond)
        if beyond or not 946_684_800 <= number <= 4_133_980_799_999:
            raise _rare
        if 4_133_980_799 < number < 946_684_800_000:
            raise _rare
        return number if number >= 946_684_800_000 else number * 1000
    if type(time) is not str or not PyUnicode_IS_COMPACT_ASCII(time):
        raise _rare
    cdef Py_ssize_t size = PyUnicode_GET_LENGTH(time)
    cdef const unsigned char *at = PyUnicode_1BYTE_DATA(time)
    cdef long long year, month, day, days, hour, minute, second, fraction
    if not (
        (size == 24 and at[23] == b"Z")
        or (size == 29 and memcmp(at + 23, b"+00:00", 6) == 0)
    ) or at[4] != b"-" or at[7] != b"-" or at[10] != b"T" or at[13] != b":" or at[16] != b":":
        return _parse_moment(time)
    if at[19] != b"." or not 48 <= at[20] <= 57:
        return _parse_moment(time)
    year, month, day = _two(at) * 100 + _two(at + 2), _two(at + 5), _two(at + 8)
    hour, minute, second = _two(at + 11), _two(at + 14), _two(at + 17)
    fraction = (at[20] - 48) * 100 + _two(at + 21)
    if not (2000 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= 28 + _longer[month]):
        return _parse_moment(time)
    if hour > 23 or minute > 59 or second > 59:
        raise _rare
    # Days since 1970 in a calendar that begins its years in March.
    if month <= 2:
        year -= 1
    days = 365 * year + year // 4 - year // 100 + year // 400
    days += (153 * (month + (9 if month <= 2 else -3)) + 2) // 5 + day - 1 - 719468
    return ((days * 24 + hour) * 60 + minute) * _MINUTE + second * 1000 + fraction


cdef bint is_blank(object text) except -1:
    """Whether a text is absent, empty or white; anything but plain letters is looked at closely."""
    if text is None:
        return True
    if not PyUnicode_IS_COMPACT_ASCII(text) or PyUnicode_GET_LENGTH(text) == 0:
        return not text or text.isspace()
    return PyUnicode_1BYTE_DATA(text)[0] <= 32 and text.isspace()
