# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""What the plain rows of a batch come to: integers, which become tallies when it is sealed."""

from cpython.dict cimport PyDict_GetItem, PyDict_SetItem
from cpython.ref cimport Py_DECREF as _drop, Py_INCREF as _keep
from libc.stdlib cimport calloc, free

from exporter.ledger.layout cimport (
    BatchNames,
    KeyTallyNames,
    ModelTallyNames,
    ObservationsNames,
    is_laid_out,
)

from ..decode.rows import FINISH_WORDS, NAMES
from ..decode.rules import UNITS
from ..tally import KeyTally as _KeyTally
from .batch import is_kept

if not (
    is_laid_out(KeyTally, KeyTallyNames)
    and is_laid_out(ModelTally, ModelTallyNames)
    and is_laid_out(Observations, ObservationsNames)
    and is_laid_out(Batch, BatchNames)
):
    raise ImportError("built for other classes")

cdef tuple _names = NAMES, _finish_words = FINISH_WORDS
cdef bint[CODES] _is_unit
for _number, _name in enumerate(NAMES):
    _is_unit[_number] = _name in UNITS


cdef class Observed:
    """One histogram's observations: counts by bucket, the sum, exemplars by bucket."""

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


    cdef int flush(self, ModelTally tally) except -1:
        """Add them to those of a tally."""
        cdef int number
        for number in range(FINISHES):
            if self.finish[number]:
                add(tally.finish, _finish_words[number], self.finish[number])
        for pair, amount in self.errors.items():
            add(tally.errors, pair, amount)
        self.first_token.flush(tally.first_token)
        self.duration.flush(tally.duration)
        self.generation.flush(tally.generation)
        self.throughput.flush(tally.throughput)
        return 0


cdef class KeySums:
    """What the rows of one (api_key, model, provider, plan) come to."""

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
                    add(tally.units, _names[code], coded.tokens)
                else:
                    pair = sums.pairs[code]
                    add(tally.tokens, pair, coded.tokens)
                    if coded.searched:
                        add(tally.search_tokens, pair[0], coded.searched)
            if coded.items:
                add(tally.items, sums.labels[code], coded.items)
        return 0


cdef class Sums:
    """What the plain rows of a batch come to, until it is sealed."""

    def __init__(self, object folder, Batch batch):
        """Nothing counted yet."""
        self.by_who, self.by_holder, self.by_model, self.texts = {}, {}, {}, {}
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

    cdef KeySums of_who(self, tuple who, object overflow):
        """The sums for a request's own labels; counts those of them that fold."""
        cdef PyObject *found = PyDict_GetItem(self.by_who, who)
        cdef object entry = self.entry(who) if found == NULL else <object> found
        if type(entry) is KeySums:
            return entry
        for label in (<tuple> entry)[1]:
            add(overflow, label, 1)
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


cdef int add(object totals, object labels, object amount) except -1:
    cdef PyObject *before = PyDict_GetItem(totals, labels)
    return PyDict_SetItem(totals, labels, amount if before == NULL else <object> before + amount)
