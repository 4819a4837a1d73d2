"""Values of a plain line, for whoever makes rows of them."""

cdef double double_of(object value) except? -1.0
cdef long long near(double number, double factor, double limit) except -1
cdef long long usd(object value) except -1
cdef long long quotient(long long output, long long generation) except -1
cdef long long fraction(double time, bytes raw) except -1
cdef long long moment(object time) except -1
cdef bint is_blank(object text) except -1
