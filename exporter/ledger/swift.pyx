# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The compiled twin of the fold's most trodden paths: a request, its duplicate, its late bill.

It works on the same id window as `fold` and sums up in plain integers, which become tallies when
the batch is sealed. Every line that is not plain it leaves to `fold`, before anything is changed; the
tests hold both to the same totals.
"""

from cpython.bytearray cimport (
    PyByteArray_AS_STRING,
    PyByteArray_FromStringAndSize,
    PyByteArray_GET_SIZE,
    PyByteArray_Resize,
)
from cpython.bytes cimport PyBytes_GET_SIZE
from cpython.dict cimport PyDict_GetItem, PyDict_SetItem
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF as _drop, Py_INCREF as _keep
from libc.stdint cimport uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memchr, memcpy

from exporter.decode.packed cimport Packed
from exporter.decode.swift cimport (
    CODES,
    ERROR,
    FINISHES,
    HAS_BILL,
    HAS_GENERATION,
    HAS_LATENCY,
    HAS_THROUGHPUT,
    STREAMED,
    SUCCESS,
    Row,
    Slip,
)
from exporter.ledger.layout cimport (
    Batch,
    BatchNames,
    IdWindow,
    IdWindowNames,
    KeyTally,
    KeyTallyNames,
    ModelTally,
    ModelTallyNames,
    Observations,
    ObservationsNames,
    is_laid_out,
)

from ..decode.rules import UNITS
from ..decode.swift import FINISH_WORDS, NAMES
from ..tally import KeyTally as _KeyTally
from .batch import is_kept
from .ids import BILLED, REQUEST, copy_hash

if not (
    is_laid_out(KeyTally, KeyTallyNames)
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
    # A row's numbers are below 2^43 (`decode.swift`), so this many add up to less than 2^63.
    MOST_ROWS = 1048576


cdef struct Place:
    Py_ssize_t number  # of the bucket
    Py_ssize_t at  # in the bucket, -1 where it is not there
    unsigned char[ENTRY] entry  # as it is stored


cdef struct Exemplar:
    PyObject *name
    long long value
    long long time_ms


cdef struct Bounds:
    int size
    long long *upper


cdef object _copy_hash = copy_hash
cdef uint64_t _request = REQUEST, _billed = REQUEST | BILLED
cdef tuple _names = NAMES, _finish_words = FINISH_WORDS
cdef bint[CODES] _is_unit
for _number, _name in enumerate(NAMES):
    _is_unit[_number] = _name in UNITS
cdef long long _DAY_MS = 86_400_000
cdef object _accepted = "accepted", _amended = "amended", _duplicate = "duplicate"


def feed(
    object folder, bytes text not None, Py_ssize_t at, int left, object results, Packed packed
):
    """Read and count so many lines of a text from a place on, their results by kind.

    Where it came to, and how many are left; if both are some, the line there could not be read.
    `packed`: what the lines from there on say, where they were read elsewhere.
    """
    cdef Slip slip = Slip() if packed is None else packed.slip
    cdef Batch batch = folder.batch
    cdef Sums sums = _sums(folder, batch)
    cdef long long now_ms = folder.now_ms
    cdef const char *start = text
    cdef const char *end
    cdef Py_ssize_t size = PyBytes_GET_SIZE(text)
    cdef bint plain = False
    cdef object result
    while left and at < size:
        if packed is None:
            end = <const char *> memchr(start + at, b"\n", size - at)
        else:
            plain = packed.next()
            end = start + at + packed.length
        if not plain or packed is None:
            try:
                plain = slip.read(start[at : end - start])
            except (ValueError, ArithmeticError, RecursionError):
                break
        if plain:
            result = _fold(folder, batch, sums, slip, now_ms)
            if result is None:
                result = folder.fold(slip.to_record())
        else:
            result = folder.fold(slip.record)
        _add(results, result, 1)
        at = end - start + 1
        left -= 1
    return at, left


cdef Sums _sums(object folder, Batch batch):
    if batch.sums is None:
        batch.sums = Sums(folder, batch)
    return batch.sums


cdef class Observed:
    """One histogram's observations: counts by bucket, the sum, exemplars by bucket."""

    cdef Bounds *bounds
    cdef long long total
    cdef long long *counts
    cdef Exemplar *exemplars

    def __dealloc__(self):
        cdef int bucket
        if self.exemplars != NULL:
            for bucket in range(self.bounds.size + 1):
                if self.exemplars[bucket].name != NULL:
                    _drop(<object> self.exemplars[bucket].name)
        free(self.counts)
        free(self.exemplars)

    cdef int observe(self, long long value, str name, long long time_ms) except -1:
        """`Observations.observe`."""
        cdef int low = 0, high = self.bounds.size, middle
        cdef Exemplar *exemplar
        while low < high:
            middle = (low + high) >> 1
            if self.bounds.upper[middle] < value:
                low = middle + 1
            else:
                high = middle
        self.counts[low] += 1
        self.total += value
        if name is None:
            return 0
        exemplar = &self.exemplars[low]
        if exemplar.name != NULL:
            if time_ms < exemplar.time_ms:
                return 0
            if time_ms == exemplar.time_ms and name < <str> exemplar.name:
                return 0
            _drop(<object> exemplar.name)
        _keep(name)
        exemplar.name, exemplar.value, exemplar.time_ms = <PyObject *> name, value, time_ms
        return 0

    cdef int flush(self, Observations into) except -1:
        """Add them to those of a tally."""
        cdef int bucket
        cdef list counts = into.counts
        cdef Exemplar *exemplar
        for bucket in range(self.bounds.size + 1):
            if self.counts[bucket]:
                counts[bucket] = counts[bucket] + self.counts[bucket]
            if self.exemplars != NULL and self.exemplars[bucket].name != NULL:
                exemplar = &self.exemplars[bucket]
                into.exemplify(bucket, (<str> exemplar.name, exemplar.value, exemplar.time_ms))
        into.total += self.total
        return 0


cdef Observed _observed(Bounds *bounds, bint exemplary):
    cdef Observed observed = Observed.__new__(Observed)
    observed.bounds = bounds
    observed.counts = <long long *> calloc(bounds.size + 1, sizeof(long long))
    if exemplary:
        observed.exemplars = <Exemplar *> calloc(bounds.size + 1, sizeof(Exemplar))
    if observed.counts == NULL or exemplary and observed.exemplars == NULL:
        raise MemoryError
    return observed


cdef class ModelSums:
    """What the rows of one (model, provider, plan) come to."""

    cdef tuple labels
    cdef long long[FINISHES] finish
    cdef dict errors  # numbers of requests by (error type, responsibility)
    cdef Observed first_token, duration, generation, throughput

    cdef int flush(self, ModelTally tally) except -1:
        """Add them to those of a tally."""
        cdef int number
        for number in range(FINISHES):
            if self.finish[number]:
                _add(tally.finish, _finish_words[number], self.finish[number])
        for pair, amount in self.errors.items():
            _add(tally.errors, pair, amount)
        self.first_token.flush(tally.first_token)
        self.duration.flush(tally.duration)
        self.generation.flush(tally.generation)
        self.throughput.flush(tally.throughput)
        return 0


cdef class KeySums:
    """What the rows of one (api_key, model, provider, plan) come to."""

    cdef ModelSums model
    cdef unsigned long long holder
    cdef long long success, error, cancelled, discount, searches, calls
    cdef long long[CODES] tokens
    cdef long long[CODES] searched
    cdef long long[CODES] items

    cdef int flush(self, KeyTally tally, Sums sums) except -1:
        """Add them to those of a tally."""
        cdef int code
        cdef tuple pair
        if self.success:
            tally.success += self.success
        if self.error:
            tally.error += self.error
        if self.cancelled:
            tally.cancelled += self.cancelled
        if self.discount:
            tally.discount += self.discount
        if self.searches:
            tally.search_requests += self.searches
            tally.search_calls += self.calls
        for code in range(CODES):
            if self.tokens[code]:
                if _is_unit[code]:
                    _add(tally.units, _names[code], self.tokens[code])
                else:
                    pair = sums.pairs[code]
                    _add(tally.tokens, pair, self.tokens[code])
                    if self.searched[code]:
                        _add(tally.search_tokens, pair[0], self.searched[code])
            if self.items[code]:
                _add(tally.items, sums.labels[code], self.items[code])
        return 0


cdef class Sums:
    """What the plain rows of a batch come to, until it is sealed."""

    cdef dict by_who, by_holder, by_model, types, known, errors
    cdef list pairs, labels, holders
    cdef object resolve
    cdef IdWindow window
    cdef long long newest_ms
    cdef int rows
    cdef Bounds durations, throughputs

    def __init__(self, object folder, Batch batch):
        """Nothing counted yet."""
        self.by_who, self.by_holder, self.by_model = {}, {}, {}
        self.types, self.known, self.errors = folder.types, folder.items.known, folder.errors
        # By code: the labels of its tokens and of its items, None where nobody has asked yet.
        self.pairs, self.labels = [None] * CODES, [None] * CODES
        self.resolve, self.holders = folder.holders.resolve, folder.holders.labels
        self.window = folder.ids
        _fill(&self.durations, batch.bounds.duration)
        _fill(&self.throughputs, batch.bounds.throughput)

    def __dealloc__(self):
        free(self.durations.upper)
        free(self.throughputs.upper)

    @property
    def touched(self):
        """How many label combinations there are."""
        return len(self.by_holder)

    def tallies(self, Batch batch not None):
        """The batch's tallies with what was summed up, each made when it is its turn.

        Those of models, and the newest time, are the batch's own once the others are through.
        """
        cdef KeySums key
        cdef KeyTally tally
        cdef ModelSums model
        for key in self.by_holder.values():
            labels = self.holders[key.holder]
            tally = batch.keys.pop(labels, None)
            if tally is None:
                tally = _KeyTally(labels, key.holder, batch.model(key.model.labels))
            key.flush(tally, self)
            yield tally
        for model in self.by_model.values():
            model.flush(batch.model(model.labels))
        batch.newest_ms = max(batch.newest_ms, self.newest_ms)

    cdef bint knows(self, Row *row) except -1:
        """Whether every code of a row has its labels already, none of them folded."""
        cdef int at, code
        for at in range(row.tokens):
            code = row.amounts[at].code
            if self.pairs[code] is None and not _is_unit[code]:
                self.pairs[code] = self.types.get(_names[code])
                if self.pairs[code] is None:
                    return False
        return self.knows_items(row)

    cdef bint knows_items(self, Row *row) except -1:
        cdef int at, code
        for at in range(row.tokens, row.tokens + row.items):
            code = row.amounts[at].code
            if self.labels[code] is None:
                self.labels[code] = self.known.get(_names[code])
                if self.labels[code] is None:
                    return False
        return True

    cdef tuple entry(self, tuple who):
        """(sums, names of the labels that fold) for a request's own labels."""
        cdef PyObject *found = PyDict_GetItem(self.by_who, who)
        if found != NULL:
            return <tuple> found
        holder, folded = self.resolve(who)
        cdef tuple made = (self.of_holder(holder), folded)
        if is_kept(who, self.by_who):
            self.by_who[who] = made
        return made

    cdef KeySums of_holder(self, object holder):
        cdef PyObject *found = PyDict_GetItem(self.by_holder, holder)
        if found != NULL:
            return <KeySums> found
        cdef KeySums key = KeySums.__new__(KeySums)
        key.holder = holder
        key.model = self.of_model((<tuple> self.holders[holder])[1:])
        self.by_holder[holder] = key
        return key

    cdef ModelSums of_model(self, tuple labels):
        cdef PyObject *found = PyDict_GetItem(self.by_model, labels)
        if found != NULL:
            return <ModelSums> found
        cdef ModelSums model = ModelSums.__new__(ModelSums)
        model.labels, model.errors = labels, {}
        model.first_token = _observed(&self.durations, True)
        model.duration = _observed(&self.durations, True)
        model.generation = _observed(&self.durations, False)
        model.throughput = _observed(&self.throughputs, False)
        self.by_model[labels] = model
        return model


cdef int _fill(Bounds *bounds, tuple uppers) except -1:
    cdef int at
    bounds.size = len(uppers)
    bounds.upper = <long long *> calloc(bounds.size + 1, sizeof(long long))
    if bounds.upper == NULL:
        raise MemoryError
    for at in range(bounds.size):
        # No row has a number as large as that.
        bounds.upper[at] = min(uppers[at], 1 << 62)
    return 0


cdef object _fold(object folder, Batch batch, Sums sums, Slip slip, long long now_ms):
    """Count a row; its result, or None where `folder` has to count it."""
    cdef Row *row = &slip.row
    cdef IdWindow window = sums.window
    cdef Place place
    cdef PyObject *kind = NULL
    _find(&place, window.buckets, slip.id)
    if place.at >= 0:
        return _again(batch, sums, &place, row)
    if row.outcome == ERROR:
        kind = PyDict_GetItem(sums.errors, slip.error_type)
        if kind == NULL:
            return None
    if sums.rows >= MOST_ROWS or not sums.knows(row):
        return None
    cdef tuple entry = sums.entry(slip.who), folded = entry[1]
    cdef KeySums key = entry[0]
    for label in folded:
        _add(batch.exporter.overflow, label, 1)
    cdef uint64_t state = (<uint64_t> row.time_ms << HOLDER_BITS | key.holder) << FLAG_BITS
    _remember(window, batch.new_ids, &place, state | (_billed if row.flags & HAS_BILL else _request))
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
        _add(key.model.errors, <object> kind, 1)
    else:
        key.cancelled += 1
    _count_tokens(row, key)
    if row.flags & HAS_BILL:
        _pay(row, key)
    if sums.newest_ms < row.time_ms <= now_ms + _DAY_MS:
        sums.newest_ms = row.time_ms
    return _accepted


cdef object _again(Batch batch, Sums sums, Place *place, Row *row):
    """A request whose id is known: a duplicate, or the bill that was missing."""
    cdef char *kept
    cdef uint64_t state = 0
    cdef int shift
    kept = PyByteArray_AS_STRING((<list> sums.window.buckets)[place.number]) + place.at
    for shift in range(8):
        state |= <uint64_t> (<unsigned char *> kept)[FRAGMENT + shift] << 8 * shift
    if not state & _request:
        return None
    if not row.flags & HAS_BILL or state & _billed == _billed:
        return _duplicate
    if sums.rows >= MOST_ROWS or not sums.knows_items(row):
        return None
    state |= _billed
    sums.rows += 1
    _pay(row, sums.of_holder(state >> FLAG_BITS & MAX_HOLDER))
    kept[FRAGMENT] = <char> (state & 255)
    batch.changed_ids[(place.number, place.entry[NUMBER : NUMBER + FRAGMENT])] = state
    return _amended


cdef inline int _pay(Row *row, KeySums key) except -1:
    cdef int at
    for at in range(row.tokens, row.tokens + row.items):
        key.items[row.amounts[at].code] += row.amounts[at].number
    key.discount += row.discount
    return 0


cdef inline int _count_tokens(Row *row, KeySums key) except -1:
    cdef int at
    for at in range(row.tokens):
        key.tokens[row.amounts[at].code] += row.amounts[at].number
        if row.searches:
            key.searched[row.amounts[at].code] += row.amounts[at].number
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
    cdef const char *kept
    cdef uint64_t wanted = 0, fragment = 0
    if bucket is not None:
        size = PyByteArray_GET_SIZE(bucket)
        kept = PyByteArray_AS_STRING(bucket)
        memcpy(&wanted, place.entry + NUMBER, FRAGMENT)
        while at < size:
            memcpy(&fragment, kept + at, FRAGMENT)
            if fragment == wanted:
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
