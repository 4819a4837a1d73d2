# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The compiled twin of `build`: a decoded line in, a row out, or its `Record`.

It takes the plain line only. Whatever is rare or doubtful is left to `build`, whose rules these
are; the tests hold both to the same records.
"""

from cpython.bytes cimport PyBytes_GET_SIZE

from exporter.decode.layout cimport (
    Ext,
    ExtNames,
    NativeLine,
    NativeLineNames,
    ZenmuxDetail,
    ZenmuxDetailNames,
    ZenmuxLine,
    ZenmuxLineNames,
    ZenmuxRating,
    ZenmuxRatingNames,
    is_laid_out,
)
from exporter.decode.rows cimport (
    HAS_BILL,
    HAS_GENERATION,
    HAS_LATENCY,
    HAS_THROUGHPUT,
    HAS_TOKENS,
    STREAMED,
    Row,
    number_of,
    put,
    put_bill,
    put_end,
    put_item,
    put_speed,
    put_tokens,
    put_usage,
)
from exporter.decode.scalars cimport fraction, is_blank, moment

import msgspec

from ..records import Bill, Record
from . import build
from . import quick as twin
from .rows import FINISH_WORDS, NAMES, OUTCOME_WORDS
from .rules import KNOWN_PLANS, KNOWN_TYPES
from .scalars import Rare

if not (
    is_laid_out(ZenmuxLine, ZenmuxLineNames)
    and is_laid_out(ZenmuxRating, ZenmuxRatingNames)
    and is_laid_out(ZenmuxDetail, ZenmuxDetailNames)
    and is_laid_out(Ext, ExtNames)
    and is_laid_out(NativeLine, NativeLineNames)
):
    raise ImportError("built for other classes")

cdef extern from "string.h":
    void *memmem(const char *text, size_t size, const char *part, size_t length)

cdef object _rare = Rare
cdef tuple _names = NAMES, _finish_words = FINISH_WORDS, _outcome_words = OUTCOME_WORDS
cdef dict _token_numbers = {name: NAMES.index(name) for name in KNOWN_TYPES}
cdef int _prompt = NAMES.index("prompt"), _completion = NAMES.index("completion")
cdef set _plans = set(KNOWN_PLANS)
cdef object _Bill = Bill, _Record = Record
cdef object _decode_zenmux = msgspec.json.Decoder(ZenmuxLine).decode
cdef object _decode_native = msgspec.json.Decoder(NativeLine).decode


def quick(bytes line not None):
    """The record of a line, as `quick.quick` reads it."""
    cdef Slip slip = Slip()
    return slip.to_record() if slip.read(line) else slip.record


cdef class Slip:
    cdef bint read(self, bytes line) except -1:
        """Whether the line is a plain one, its row filled in; if not, `record` is its record.

        Raises ValueError and the like as `quick.quick`.
        """
        cdef ZenmuxLine zenmux
        cdef NativeLine native
        cdef const char *text = line
        cdef Py_ssize_t size = PyBytes_GET_SIZE(line)
        self.row.flags = self.row.tokens = self.row.items = 0
        if memmem(text, size, b'"createdAt"', 11) == NULL:
            if memmem(text, size, b'"generationId"', 14) or memmem(text, size, b'"createAt"', 10):
                self.record = twin.quick(line)
                return False
            native = _decode_native(line)
            try:
                if len(native.generationId) or len(native.createdAt) or len(native.createAt):
                    self.record = twin.quick(line)
                    return False
                _native(self, native, line)
            except (_rare, ValueError):
                self.record = build.from_native(native)
                return False
            return True
        zenmux = _decode_zenmux(line)
        if zenmux.createdAt is None:
            self.record = twin.quick(line)
            return False
        try:
            _zenmux(self, zenmux)
        except (_rare, ValueError):
            self.record = build.from_zenmux(zenmux)
            return False
        return True

    cdef object to_record(self):
        """The record of a row."""
        cdef Row *row = &self.row
        cdef dict tokens = None, items = {}
        cdef object bill = None
        cdef int at
        if row.flags & HAS_TOKENS:
            tokens = {_names[row.amounts[at].code]: row.amounts[at].number for at in range(row.tokens)}
        if row.flags & HAS_BILL:
            for at in range(row.tokens, row.tokens + row.items):
                name = _names[row.amounts[at].code]
                items[name] = items.get(name, 0) + row.amounts[at].number
            bill = _Bill(row.total, items, row.discount, False)
        return _Record(
            self.id,
            row.time_ms,
            False,
            self.who,
            _outcome_words[row.outcome],
            _finish_words[row.finish],
            self.error_type,
            tokens,
            row.output,
            row.searches,
            bill,
            row.latency if row.flags & HAS_LATENCY else None,
            row.generation if row.flags & HAS_GENERATION else None,
            row.throughput if row.flags & HAS_THROUGHPUT else None,
            bool(row.flags & STREAMED),
            None,
            (),
        )


cdef int _zenmux(Slip slip, ZenmuxLine line) except -1:
    if line.compensation is not None:
        raise _rare
    cdef Row *row = &slip.row
    cdef object time = line.createdAt, model = line.modelSlug, word = line.finishReason
    cdef object rated = None, rated_discount = None
    cdef Ext ext = line.ext
    cdef ZenmuxRating rating = line.ratingResponses
    cdef ZenmuxDetail detail
    cdef long long listed = 0
    cdef bint itemized = False
    if is_blank(model):
        model = line.model
    if is_blank(word):
        word = line.nativeFinishReason
    if not time:
        raise _rare
    if line.nativeFeeTokens:
        put_tokens(row, <dict?> line.nativeFeeTokens)
    elif line.nativeTokens is not None:
        put_usage(row, line.nativeTokens)
    _request(
        slip,
        line.generationId,
        moment(time),
        (line.apiKeyId, model, line.providerSlug, line.plan),
        word,
        None if ext is None else ext.requestSuccess,
        line.errorType,
        line.event,
        line.status,
        line.cancelled,
        line.streamed,
    )
    put_speed(row, None, line.latency, line.generationTime, line.throughput)
    if rating is not None:
        rated, rated_discount = rating.billAmount, rating.discountAmount
        for detail in rating.ratingDetails or ():
            if detail is not None and detail.billAmount is not None:
                itemized = True
                listed += put_item(row, detail.feeItemCode, detail.billAmount)
    return put_bill(
        row,
        itemized,
        listed,
        line.billAmount,
        rated,
        line.usage,
        line.discountAmount,
        rated_discount,
    )


cdef int _native(Slip slip, NativeLine line, bytes raw) except -1:
    cdef Row *row = &slip.row
    cdef object fees = line.tokens, costs = line.costs_usd, time = line.timestamp, code, amount
    if line.compensation is not None or not time:
        raise _rare
    cdef long long listed = 0
    cdef bint itemized = False
    if not fees:
        if line.input_tokens is not None or line.output_tokens is not None:
            row.flags |= HAS_TOKENS
            put(row, _prompt, line.input_tokens or 0)
            put(row, _completion, line.output_tokens or 0)
    elif line.input_tokens is not None or line.output_tokens is not None:
        row.flags |= HAS_TOKENS
        for code, amount in (<dict> build.native_tokens(line)).items():
            put(row, number_of(_token_numbers, code), amount)
    else:
        put_tokens(row, <dict?> fees)
    _request(
        slip,
        line.id,
        fraction(time, raw) if type(time) is float else moment(time),
        (line.api_key, line.model, line.provider, line.plan),
        line.finish_reason,
        None,
        line.error_type,
        line.event,
        line.status,
        line.cancelled,
        line.streamed,
    )
    put_speed(row, line.web_search_calls, line.latency_ms, line.generation_ms, line.throughput_tps)
    if costs is not None:
        for code, amount in (<dict?> costs).items():
            if amount is not None:
                itemized = True
                listed += put_item(row, code, amount)
    return put_bill(row, itemized, listed, line.cost_usd, None, None, line.discount_usd, None)


cdef int _request(
    Slip slip,
    object identity,
    long long time_ms,
    tuple who,
    object word,
    object success,
    object error_type,
    object event,
    object status,
    object cancelled,
    object streamed,
) except -1:
    """Who asked for what, and how it ended."""
    cdef Row *row = &slip.row
    if (
        event is not None
        or who[3] is not None
        and who[3] not in _plans
        or is_blank(who[1])
        or is_blank(identity)
    ):
        raise _rare
    slip.error_type = put_end(row, word, success, error_type, status, cancelled)
    row.time_ms = time_ms
    if streamed is not False:
        row.flags |= STREAMED
    slip.id, slip.who = identity, who
    return 0
