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
from libc.string cimport memchr, memcpy, memset

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
    PyObject *PyList_GET_ITEM(object items, Py_ssize_t number)

cdef extern from *:
    """
    #if defined(__GNUC__) || defined(__clang__)
    #define prefetch(place) __builtin_prefetch(place, 1)
    #else
    #define prefetch(place) ((void) (place))
    #endif
    """
    void prefetch(const void *place) nogil

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
    GROUP = 16


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
cdef uint64_t _fragment_mask = 0
memset(&_fragment_mask, 255, FRAGMENT)
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
            _add(results, group.count(number, folder, sums), 1)
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
                _place(&self.places[self.size], slip.id)
            self.plain[self.size] = plain
            self.size += 1
            at = end - start + 1
            self.length = at - begun
        return 0

    cdef int fetch(self, list buckets) except -1:
        """Ask for what the ids stand in: each bucket, then its content."""
        cdef int number
        cdef PyObject *bucket
        for number in range(self.size):
            if self.plain[number]:
                prefetch(PyList_GET_ITEM(buckets, self.places[number].number))
        for number in range(self.size):
            if self.plain[number]:
                bucket = PyList_GET_ITEM(buckets, self.places[number].number)
                if bucket != <PyObject *> None:
                    prefetch(PyByteArray_AS_STRING(<object> bucket))
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
    if batch.sums is None:
        batch.sums = Sums(folder, batch)
    cdef Sums sums = batch.sums
    sums.now_ms = folder.now_ms
    return sums


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


cdef struct Coded:
    # Beside each other: what a row adds to of one code stands on one line of the cache.
    long long tokens, items, searched


cdef class KeySums:
    """What the rows of one (api_key, model, provider, plan) come to."""

    cdef ModelSums model
    cdef unsigned long long holder
    cdef long long success, error, cancelled, discount, searches, calls
    cdef Coded[CODES] coded

    cdef int flush(self, KeyTally tally, Sums sums) except -1:
        """Add them to those of a tally."""
        cdef int code
        cdef Coded *coded
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
            coded = &self.coded[code]
            if coded.tokens:
                if _is_unit[code]:
                    _add(tally.units, _names[code], coded.tokens)
                else:
                    pair = sums.pairs[code]
                    _add(tally.tokens, pair, coded.tokens)
                    if coded.searched:
                        _add(tally.search_tokens, pair[0], coded.searched)
            if coded.items:
                _add(tally.items, sums.labels[code], coded.items)
        return 0


cdef class Sums:
    """What the plain rows of a batch come to, until it is sealed."""

    cdef dict by_who, by_holder, by_model, types, known, errors, texts
    cdef list pairs, labels, holders
    cdef object resolve
    cdef IdWindow window
    cdef Group group
    cdef long long newest_ms, now_ms
    cdef int rows
    cdef Bounds durations, throughputs

    def __init__(self, object folder, Batch batch):
        """Nothing counted yet."""
        self.by_who, self.by_holder, self.by_model, self.texts = {}, {}, {}, {}
        self.types, self.known, self.errors = folder.types, folder.items.known, folder.errors
        # By code: the labels of its tokens and of its items, None where nobody has asked yet.
        self.pairs, self.labels = [None] * CODES, [None] * CODES
        self.resolve, self.holders = folder.holders.resolve, folder.holders.labels
        self.window, self.group = folder.ids, Group()
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

    cdef KeySums of_who(self, tuple who, object overflow):
        """The sums for a request's own labels; counts those of them that fold."""
        cdef PyObject *found = PyDict_GetItem(self.by_who, who)
        cdef object entry = self.entry(who) if found == NULL else <object> found
        if type(entry) is KeySums:
            return entry
        for label in (<tuple> entry)[1]:
            _add(overflow, label, 1)
        return (<tuple> entry)[0]

    cdef object entry(self, tuple who):
        """The sums for a request's own labels, with the names of those that fold where some do."""
        holder, folded = self.resolve(who)
        cdef object made = self.of_holder(holder)
        if folded:
            made = made, folded
        if is_kept(who, self.by_who):
            # Each label once: equal texts all over the memory cost the processor's caches dearly.
            self.by_who[tuple([self.texts.setdefault(text, text) for text in who])] = made
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


cdef object _fold(object folder, Batch batch, Sums sums, Slip slip, Place *place):
    """Count a row; its result, or None where `folder` has to count it."""
    cdef Row *row = &slip.row
    cdef IdWindow window = sums.window
    cdef PyObject *kind = NULL
    _find(place, window.buckets)
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
    _remember(window, batch.new_ids, place, state | (_billed if row.flags & HAS_BILL else _request))
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
    if sums.newest_ms < row.time_ms <= sums.now_ms + _DAY_MS:
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


cdef inline int _add(object totals, object labels, object amount) except -1:
    cdef PyObject *before = PyDict_GetItem(totals, labels)
    return PyDict_SetItem(totals, labels, amount if before == NULL else <object> before + amount)


cdef int _place(Place *place, str identity) except -1:
    """Where an id belongs: its entry begins with its number and fragment."""
    _hash(identity, place.entry)
    place.entry[0] &= 1
    place.number = place.entry[0] << 16 | place.entry[1] << 8 | place.entry[2]
    return 0


cdef int _find(Place *place, list buckets) except -1:
    """Where in its bucket an id stands."""
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
            # All eight bytes at once: seven would be put together in memory, which stalls.
            memcpy(&fragment, kept + at, sizeof(fragment))
            if fragment & _fragment_mask == wanted:
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
