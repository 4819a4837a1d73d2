# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The compiled twin of the fold's most trodden paths: a request, its duplicate, its late bill.

It works on the same tallies and the same id window as `fold`, and leaves to it, before anything is
changed, every record that is not plain; the tests hold both to the same totals.
"""

from cpython.bytearray cimport (
    PyByteArray_AS_STRING,
    PyByteArray_FromStringAndSize,
    PyByteArray_GET_SIZE,
    PyByteArray_Resize,
)
from cpython.dict cimport PyDict_GetItem, PyDict_SetItem
from cpython.object cimport PyObject
from cpython.long cimport PyLong_AsLongLongAndOverflow
from libc.stdint cimport uint64_t
from libc.string cimport memcmp, memcpy

from bisect import bisect_left

from exporter.ledger.layout cimport (
    Batch,
    BatchNames,
    Bill,
    BillNames,
    IdWindow,
    IdWindowNames,
    KeyTally,
    KeyTallyNames,
    ModelTally,
    ModelTallyNames,
    Observations,
    ObservationsNames,
    Record,
    RecordNames,
    is_laid_out,
)

from ..decode.rules import UNITS
from ..decode.swift import quick
from .ids import BILLED, REQUEST, copy_hash

if not (
    is_laid_out(Record, RecordNames)
    and is_laid_out(Bill, BillNames)
    and is_laid_out(KeyTally, KeyTallyNames)
    and is_laid_out(ModelTally, ModelTallyNames)
    and is_laid_out(Observations, ObservationsNames)
    and is_laid_out(Batch, BatchNames)
    and is_laid_out(IdWindow, IdWindowNames)
):
    raise ImportError("built for other classes")

cdef extern from "ledger/blake2b.h":
    enum:
        BLOCK
    void blake2b(const void *text, size_t size, void *digest, size_t length)

cdef extern from "Python.h":
    bint PyUnicode_IS_COMPACT_ASCII(object text)
    const unsigned char *PyUnicode_1BYTE_DATA(object text)

cdef enum:
    # As in `ids`: bytes of a bucket's number and of a hash's fragment; the state has 8.
    NUMBER = 3
    FRAGMENT = 7
    KEPT = 15
    ENTRY = 18
    HOLDER_BITS = 18
    FLAG_BITS = 4
    MAX_HOLDER = 262143


cdef struct Place:
    Py_ssize_t number  # of the bucket
    Py_ssize_t at  # in the bucket, -1 where it is not there
    unsigned char[ENTRY] entry  # as it is stored


cdef object _copy_hash = copy_hash
cdef uint64_t _request = REQUEST, _billed = REQUEST | BILLED
cdef set _units = set(UNITS), _no_others = set()
cdef long long _DAY_MS = 86_400_000
cdef object _accepted = "accepted", _amended = "amended", _duplicate = "duplicate"


def feed(object folder, list lines not None, Py_ssize_t at, object results):
    """Read and count lines from a place on, results by kind; the place of the first bad one."""
    cdef object result, record
    for at in range(at, len(lines)):
        try:
            record = quick(lines[at])
        except (ValueError, ArithmeticError, RecursionError):
            return at
        result = fold(folder, record)
        _add(results, folder.fold(record) if result is None else result, 1)
    return len(lines)


def fold_all(object folder, list found not None, Py_ssize_t at, object results):
    """Count records from a place on; the place of the first thing that is none."""
    cdef object result, record
    for at in range(at, len(found)):
        record = found[at]
        if not isinstance(record, Record):
            return at
        result = fold(folder, record)
        _add(results, folder.fold(record) if result is None else result, 1)
    return len(found)


cpdef object fold(object folder, Record record):
    """Count a plain record; its result, or None where `folder` has to count it."""
    cdef object identity = record.id
    cdef Bill bill = record.bill
    cdef Batch batch = folder.batch
    cdef IdWindow window = folder.ids
    if (
        identity is None
        or record.event
        or record.unknown
        or record.compensation is not None
        or bill is not None
        and (bill.mismatch or not _all_known(bill.items, folder.items.known, _no_others))
    ):
        return None
    cdef Place place
    _find(&place, window.buckets, identity)
    if place.at >= 0:
        return _again(folder, batch, window, &place, bill)
    cdef object time = record.time_ms, outcome = record.outcome
    cdef object tokens = record.tokens
    cdef PyObject *found = PyDict_GetItem(batch.by_who, record.who)
    if (
        found == NULL
        or (<tuple> found)[1]
        or time is None
        or window.count >= window.limit
        or not _all_known(tokens, folder.types, _units)
        or outcome == "error" and (<dict> folder.errors).get(record.error_type) is None
    ):
        return None
    cdef KeyTally tally = (<tuple> found)[0]
    cdef ModelTally model
    cdef long long time_ms = time
    cdef uint64_t state = (<uint64_t> time_ms << HOLDER_BITS | <uint64_t> tally.holder) << FLAG_BITS
    _remember(window, batch.new_ids, &place, state | (_request if bill is None else _billed))
    if outcome == "error":
        tally.error += 1
        model = tally.model
        _add(model.finish, record.finish, 1)
        _add(model.errors, (<dict> folder.errors)[record.error_type], 1)
    else:
        _count(record, tally, outcome, identity, time)
    if tokens is not None:
        _count_tokens(tally, tokens, folder.types, <bint> record.searches)
    if record.searches:
        tally.search_requests += 1
        tally.search_calls += record.searches
    if bill is not None:
        _pay(bill, tally, folder.items.known)
    if <long long> batch.newest_ms < time_ms <= <long long> folder.now_ms + _DAY_MS:
        batch.newest_ms = time
    return _accepted


cdef object _again(object folder, Batch batch, IdWindow window, Place *place, Bill bill):
    """A request whose id is known: a duplicate, or the bill that was missing."""
    cdef char *kept = PyByteArray_AS_STRING((<list> window.buckets)[place.number]) + place.at
    cdef uint64_t state = 0
    cdef int shift
    for shift in range(8):
        state |= <uint64_t> (<unsigned char *> kept)[FRAGMENT + shift] << 8 * shift
    if not state & _request:
        return None
    if bill is None or state & _billed == _billed:
        return _duplicate
    state |= _billed
    _pay(bill, folder.holders.tally_of(batch, state >> FLAG_BITS & MAX_HOLDER), folder.items.known)
    kept[FRAGMENT] = <char> (state & 255)
    batch.changed_ids[(place.number, place.entry[NUMBER : NUMBER + FRAGMENT])] = state
    return _amended


cdef int _pay(Bill bill, KeyTally tally, dict known) except -1:
    for code, amount in (<dict> bill.items).items():
        _add(tally.items, <object> PyDict_GetItem(known, code), amount)
    if bill.discount:
        tally.discount += bill.discount
    return 0


cdef bint _all_known(dict amounts, dict known, set others) except -1:
    """Whether every code has its labels already, none of them folded."""
    if amounts is not None:
        for code in amounts:
            if PyDict_GetItem(known, code) == NULL and code not in others:
                return False
    return True


cdef int _count_tokens(KeyTally tally, dict tokens, dict types, bint searched) except -1:
    cdef PyObject *pair
    for code, number in tokens.items():
        pair = PyDict_GetItem(types, code)
        if pair == NULL:
            _add(tally.units, code, number)
            continue
        if searched:
            _add(tally.search_tokens, (<tuple> pair)[0], number)
        _add(tally.tokens, <object> pair, number)
    return 0


cdef inline int _add(object totals, object labels, object amount) except -1:
    cdef PyObject *before = PyDict_GetItem(totals, labels)
    return PyDict_SetItem(totals, labels, amount if before == NULL else <object> before + amount)


cdef int _find(Place *place, list buckets, str identity) except -1:
    """Where an id stands, or belongs: its entry begins with its number and fragment."""
    _hash(identity, place.entry)
    place.entry[0] &= 1
    place.number = place.entry[0] << 16 | place.entry[1] << 8 | place.entry[2]
    place.at = -1
    cdef object bucket = buckets[place.number]
    cdef Py_ssize_t at = 0, size
    if bucket is not None:
        size = PyByteArray_GET_SIZE(bucket)
        while at < size:
            if memcmp(PyByteArray_AS_STRING(bucket) + at, place.entry + NUMBER, FRAGMENT) == 0:
                place.at = at
                break
            at += KEPT
    return 0


cdef int _hash(str identity, unsigned char *digest) except -1:
    """The hash of an id, of its number's and fragment's length."""
    cdef bytes encoded
    cdef const char *text
    cdef Py_ssize_t size
    if PyUnicode_IS_COMPACT_ASCII(identity):
        text, size = <const char *> PyUnicode_1BYTE_DATA(identity), len(identity)
    else:
        encoded = identity.encode(errors="surrogatepass")
        text, size = encoded, len(encoded)
    if size <= BLOCK:
        blake2b(text, size, digest, NUMBER + FRAGMENT)
        return 0
    hashed = _copy_hash()
    hashed.update(identity.encode(errors="surrogatepass"))
    encoded = hashed.digest()
    memcpy(digest, <const char *> encoded, NUMBER + FRAGMENT)
    return 0


def hash_of(str identity not None):
    """The hash that decides where an id is kept."""
    cdef unsigned char[NUMBER + FRAGMENT] digest
    _hash(identity, digest)
    return digest[: NUMBER + FRAGMENT]


cdef int _remember(IdWindow window, object journal, Place *place, uint64_t state) except -1:
    """Add an id to the window and its entry to the journal, as `IdWindow.add`."""
    cdef list buckets = window.buckets
    cdef object bucket = buckets[place.number]
    cdef int shift
    for shift in range(8):
        place.entry[NUMBER + FRAGMENT + shift] = state >> 8 * shift & 255
    if bucket is None:
        buckets[place.number] = PyByteArray_FromStringAndSize(<char *> place.entry + NUMBER, KEPT)
    else:
        _append(bucket, place.entry + NUMBER, KEPT)
    _append(window.arrivals, place.entry, NUMBER)
    _append(journal, place.entry, ENTRY)
    window.count += 1
    return 0


cdef inline int _append(object array, const unsigned char *data, Py_ssize_t size) except -1:
    cdef Py_ssize_t before = PyByteArray_GET_SIZE(array)
    PyByteArray_Resize(array, before + size)
    memcpy(PyByteArray_AS_STRING(array) + before, data, size)
    return 0


cdef int _count(Record record, KeyTally tally, object outcome, object name, object time) except -1:
    """The outcome, the finish and, of a success, the speed."""
    cdef ModelTally model = tally.model
    _add(model.finish, record.finish, 1)
    if outcome != "success":
        tally.cancelled += 1
        return 0
    tally.success += 1
    cdef object latency = record.latency, generation = record.generation
    cdef object throughput = record.throughput
    if latency is not None:
        if record.streamed:
            _observe(model.first_token, latency, name, time)
        if generation is not None:
            _observe(model.duration, latency + generation, name, time)
    if generation is not None:
        _observe(model.generation, generation, None, None)
    if throughput is not None:
        _observe(model.throughput, throughput, None, None)
    return 0


cdef int _observe(Observations observations, object value, object name, object time) except -1:
    """`Observations.observe`."""
    cdef tuple bounds = observations.bounds
    cdef list counts = observations.counts
    cdef int beyond = 0
    cdef long long number = PyLong_AsLongLongAndOverflow(value, &beyond), bound
    cdef Py_ssize_t low = 0, high = len(bounds), middle
    if beyond:
        low = high = bisect_left(bounds, value)
    while low < high:
        middle = (low + high) >> 1
        bound = PyLong_AsLongLongAndOverflow(bounds[middle], &beyond)
        if bound < number and not beyond:
            low = middle + 1
        else:
            high = middle
    counts[low] = counts[low] + 1
    observations.total += value
    if name is not None:
        PyDict_SetItem(observations.exemplars, low, (name, value, time))
    return 0
