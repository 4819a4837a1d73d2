# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The compiled twin of the fold's most trodden paths: a request, its duplicate, its late bill.

It works on the same id window as `fold` and sums up in plain integers, which become tallies when
the batch is sealed. Every line that is not plain it leaves to `fold`, before anything is changed; the
tests hold both to the same totals.
"""

from cpython.bytes cimport PyBytes_GET_SIZE
from cpython.dict cimport PyDict_GetItem
from cpython.object cimport PyObject
from libc.stdint cimport uint64_t
from libc.string cimport memchr

from exporter.decode.packed cimport Packed
from exporter.decode.rows cimport (
    ERROR,
    HAS_BILL,
    HAS_GENERATION,
    HAS_LATENCY,
    HAS_THROUGHPUT,
    STREAMED,
    SUCCESS,
    Row,
)
from exporter.decode.swift cimport Slip
from exporter.ledger.layout cimport Batch, IdWindow
from exporter.ledger.sums cimport KeySums, ModelSums, Sums, add
from exporter.ledger.window cimport (
    FLAG_BITS,
    FRAGMENT,
    HOLDER_BITS,
    MAX_HOLDER,
    NUMBER,
    Place,
    ask,
    ask_more,
    change,
    find,
    place_of,
    remember,
    state_of,
)

from .ids import BILLED, REQUEST

cdef enum:
    # A row's numbers are below 2^43 (`decode.swift`), so this many add up to less than 2^63.
    MOST_ROWS = 1048576
    GROUP = 16

cdef uint64_t _request = REQUEST, _billed = REQUEST | BILLED
cdef long long _DAY_MS = 86_400_000
cdef object _accepted = "accepted", _amended = "amended", _duplicate = "duplicate"


def feed(
    object folder, bytes text not None, Py_ssize_t at, int left, object results, Packed packed
):
    """Read and count so many lines of a text from a place on, their results by kind.

    Where it came to, and how many are left; if both are some, the line there could not be read.
    `packed`: what the lines from there on say, where they were read elsewhere.
    """
    cdef Sums sums = _sums(folder, folder.batch)
    cdef Group group = sums.group
    cdef int number
    while left and at < PyBytes_GET_SIZE(text):
        group.read(text, at, left, packed)
        group.fetch(sums.window.buckets)
        for number in range(group.size):
            add(results, group.count(number, folder, sums), 1)
        at += group.length
        left -= group.size
        if group.is_cut:
            break
    return at, left


cdef class Group:
    """Lines that are read before the first of them is counted.

    An id stands anywhere in a memory far larger than the processor's caches: while some lines
    are read, what the ids of others need is on its way.
    """

    cdef list slips
    cdef Place[GROUP] places
    cdef bint[GROUP] plain
    cdef int size
    cdef Py_ssize_t length  # of their text
    cdef bint is_cut  # before a line that could not be read

    def __init__(self):
        """No line yet."""
        self.slips = [Slip() for _ in range(GROUP)]

    cdef int read(self, bytes text, Py_ssize_t at, int left, Packed packed) except -1:
        """Take the next lines of a text."""
        cdef const char *start = text
        cdef const char *end
        cdef Py_ssize_t size = PyBytes_GET_SIZE(text), begun = at
        cdef Slip slip
        cdef bint plain
        self.size, self.length, self.is_cut = 0, 0, False
        while self.size < min(left, GROUP) and at < size:
            slip = self.slips[self.size]
            if packed is None:
                plain = False
                end = <const char *> memchr(start + at, b"\n", size - at)
            else:
                plain = packed.next(slip)
                end = start + at + packed.length
            try:
                if not plain:
                    plain = slip.read(start[at : end - start])
            except (ValueError, ArithmeticError, RecursionError):
                self.is_cut = True
                return 0
            if plain:
                place_of(&self.places[self.size], slip.id)
            self.plain[self.size] = plain
            self.size += 1
            at = end - start + 1
            self.length = at - begun
        return 0

    cdef int fetch(self, list buckets) except -1:
        """Ask for what the ids stand in: each bucket, then its content."""
        cdef int number
        for number in range(self.size):
            if self.plain[number]:
                ask(&self.places[number], buckets)
        for number in range(self.size):
            if self.plain[number]:
                ask_more(&self.places[number], buckets)
        return 0

    cdef object count(self, int number, object folder, Sums sums):
        """Count one of the lines; its result."""
        cdef Slip slip = self.slips[number]
        cdef object result
        if not self.plain[number]:
            return folder.fold(slip.record)
        result = _fold(folder, folder.batch, sums, slip, &self.places[number])
        return folder.fold(slip.to_record()) if result is None else result


cdef Sums _sums(object folder, Batch batch):
    cdef Sums sums = batch.sums
    if sums is None:
        sums = batch.sums = Sums(folder, batch)
        sums.group = Group()
    sums.now_ms = folder.now_ms
    return sums


cdef object _fold(object folder, Batch batch, Sums sums, Slip slip, Place *place):
    """Count a row; its result, or None where `folder` has to count it."""
    cdef Row *row = &slip.row
    cdef IdWindow window = sums.window
    cdef PyObject *kind = NULL
    find(place, window.buckets)
    if place.at >= 0:
        return _again(batch, sums, place, row)
    if row.outcome == ERROR:
        kind = PyDict_GetItem(sums.errors, slip.error_type)
        if kind == NULL:
            return None
    if sums.rows >= MOST_ROWS or not sums.knows(row):
        return None
    cdef KeySums key = sums.of_who(slip.who, batch.exporter.overflow)
    cdef uint64_t state = (<uint64_t> row.time_ms << HOLDER_BITS | key.holder) << FLAG_BITS
    remember(window, batch.new_ids, place, state | (_billed if row.flags & HAS_BILL else _request))
    if window.count > window.limit:
        evicted = window.evict()
        batch.exporter.evicted_ids += 1
        folder.payouts.forget(evicted)
    sums.rows += 1
    key.model.finish[row.finish] += 1
    if row.outcome == SUCCESS:
        key.success += 1
        _observe(row, key.model, slip.id)
    elif row.outcome == ERROR:
        key.error += 1
        add(key.model.errors, <object> kind, 1)
    else:
        key.cancelled += 1
    _count_tokens(row, key)
    if row.flags & HAS_BILL:
        _pay(row, key)
    if sums.newest_ms < row.time_ms <= sums.now_ms + _DAY_MS:
        sums.newest_ms = row.time_ms
    return _accepted


cdef object _again(Batch batch, Sums sums, Place *place, Row *row):
    """A request whose id is known: a duplicate, or the bill that was missing."""
    cdef uint64_t state = state_of(place, sums.window.buckets)
    if not state & _request:
        return None
    if not row.flags & HAS_BILL or state & _billed == _billed:
        return _duplicate
    if sums.rows >= MOST_ROWS or not sums.knows_items(row):
        return None
    state |= _billed
    sums.rows += 1
    _pay(row, sums.of_holder(state >> FLAG_BITS & MAX_HOLDER))
    change(place, sums.window.buckets, state)
    batch.changed_ids[(place.number, place.entry[NUMBER : NUMBER + FRAGMENT])] = state
    return _amended


cdef inline int _pay(Row *row, KeySums key) except -1:
    cdef int at
    for at in range(row.tokens, row.tokens + row.items):
        key.coded[row.amounts[at].code].items += row.amounts[at].number
    key.discount += row.discount
    return 0


cdef inline int _count_tokens(Row *row, KeySums key) except -1:
    cdef int at
    for at in range(row.tokens):
        key.coded[row.amounts[at].code].tokens += row.amounts[at].number
        if row.searches:
            key.coded[row.amounts[at].code].searched += row.amounts[at].number
    if row.searches:
        key.searches += 1
        key.calls += row.searches
    return 0


cdef inline int _observe(Row *row, ModelSums model, str name) except -1:
    """The speed of a request that succeeded."""
    if row.flags & HAS_LATENCY:
        if row.flags & STREAMED:
            model.first_token.observe(row.latency, name, row.time_ms)
        if row.flags & HAS_GENERATION:
            model.duration.observe(row.latency + row.generation, name, row.time_ms)
    if row.flags & HAS_GENERATION:
        model.generation.observe(row.generation, None, 0)
    if row.flags & HAS_THROUGHPUT:
        model.throughput.observe(row.throughput, None, 0)
    return 0
