# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The compiled twin of `build`: a decoded line in, a row out, or its `Record`.

It takes the plain line only. Whatever is rare or doubtful is left to `build`, whose rules these
are; the tests hold both to the same records.
"""

from cpython.bytes cimport PyBytes_GET_SIZE
from cpython.dict cimport PyDict_GetItem
from cpython.long cimport PyLong_AsLong, PyLong_AsLongLongAndOverflow
from cpython.object cimport PyObject
from cpython.unicode cimport PyUnicode_GET_LENGTH
from libc.math cimport rint
from libc.string cimport memchr, memcmp

import msgspec

from exporter.decode.layout cimport (
    CompletionDetails,
    CompletionDetailsNames,
    Ext,
    ExtNames,
    NativeLine,
    NativeLineNames,
    NativeTokens,
    NativeTokensNames,
    PromptDetails,
    PromptDetailsNames,
    ZenmuxDetail,
    ZenmuxDetailNames,
    ZenmuxLine,
    ZenmuxLineNames,
    ZenmuxRating,
    ZenmuxRatingNames,
    is_laid_out,
)

from .. import moments
from ..exact import divide
from ..records import Bill, Record
from . import build
from . import quick as twin
from .money import UNITEMIZED
from .rules import FINISH_REASONS, KNOWN_ITEMS, KNOWN_PLANS, KNOWN_TYPES, STATUS_OUTCOMES

if not (
    is_laid_out(ZenmuxLine, ZenmuxLineNames)
    and is_laid_out(ZenmuxRating, ZenmuxRatingNames)
    and is_laid_out(ZenmuxDetail, ZenmuxDetailNames)
    and is_laid_out(Ext, ExtNames)
    and is_laid_out(NativeLine, NativeLineNames)
    and is_laid_out(NativeTokens, NativeTokensNames)
    and is_laid_out(PromptDetails, PromptDetailsNames)
    and is_laid_out(CompletionDetails, CompletionDetailsNames)
):
    raise ImportError("built for other classes")

cdef extern from "string.h":
    void *memmem(const char *text, size_t size, const char *part, size_t length)

cdef extern from "Python.h":
    const char *PyUnicode_AsUTF8AndSize(object text, Py_ssize_t *size) except NULL
    double PyOS_string_to_double(const char *text, char **end, void *overflow) except? -1.0
    bint PyUnicode_IS_ASCII(object text)
    bint PyUnicode_IS_COMPACT_ASCII(object text)
    const unsigned char *PyUnicode_1BYTE_DATA(object text)

# The codes of tokens and items, and the finish reasons, by the numbers that stand for them in rows.
NAMES = tuple(sorted(KNOWN_ITEMS))
FINISH_WORDS = ("unknown", *sorted(set(FINISH_REASONS.values())))
_OUTCOMES = ("success", "error", "cancelled")
if len(NAMES) > CODES or len(FINISH_WORDS) > FINISHES:
    raise ImportError("built for fewer words")

cdef tuple _names = NAMES, _finish_words = FINISH_WORDS, _outcome_words = _OUTCOMES
cdef dict _numbers = {name: number for number, name in enumerate(NAMES)}
cdef dict _token_numbers = {name: _numbers[name] for name in KNOWN_TYPES}
cdef int _cache_write = _numbers["input_cache_write"]
cdef dict _finishes = {word: FINISH_WORDS.index(told) for word, told in FINISH_REASONS.items()}
cdef dict _outcomes = {word: _OUTCOMES.index(told) for word, told in STATUS_OUTCOMES.items()}
cdef int _finish_error = FINISH_WORDS.index("error")
cdef set _plans = set(KNOWN_PLANS)
cdef int _completion = _numbers["completion"], _reasoning = _numbers["internal_reasoning"]
cdef int _audio = _numbers["audio"], _prompt = _numbers["prompt"], _search = _numbers["web_search"]
cdef int _cache_read = _numbers["input_cache_read"], _unitemized = _numbers[UNITEMIZED]
cdef int _cache_5_min = _numbers["input_cache_write_5_min"]
cdef int _cache_1_h = _numbers["input_cache_write_1_h"]
cdef object _parse_moment = moments.parse
cdef object _divide = divide
cdef object _Bill = Bill, _Record = Record
cdef object _decode_zenmux = msgspec.json.Decoder(ZenmuxLine).decode
cdef object _decode_native = msgspec.json.Decoder(NativeLine).decode

cdef double _MARGIN = 0.25
cdef long long[13] _POWERS = [10**power for power in range(13)]
# Larger amounts and rates are left to Python's integers: pico-USD, millionths of a token a second.
cdef long long _MOST = 5 * 10**12
cdef long long _FEW_DIGITS = 10**17
cdef long long _MINUTE = 60_000
# Days of each month beyond 28; the 29th of February is left to Python.
cdef int[13] _longer = [0, 3, 0, 3, 2, 3, 2, 3, 3, 2, 3, 2, 3]


class Rare(Exception):
    """This line is not a plain one."""


cdef object _rare = Rare


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
    if _is_blank(model):
        model = line.model
    if _is_blank(word):
        word = line.nativeFinishReason
    if not time:
        raise _rare
    if line.nativeFeeTokens:
        _tokens(row, <dict?> line.nativeFeeTokens)
    elif line.nativeTokens is not None:
        _usage(row, line.nativeTokens)
    _request(
        slip,
        line.generationId,
        _moment(time),
        (line.apiKeyId, model, line.providerSlug, line.plan),
        word,
        None if ext is None else ext.requestSuccess,
        line.errorType,
        line.event,
        line.status,
        line.cancelled,
        line.streamed,
    )
    _speed(row, None, line.latency, line.generationTime, line.throughput)
    if rating is not None:
        rated, rated_discount = rating.billAmount, rating.discountAmount
        for detail in rating.ratingDetails or ():
            if detail is not None and detail.billAmount is not None:
                itemized = True
                listed += _item(row, detail.feeItemCode, detail.billAmount)
    return _bill(
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
            _put(row, _prompt, line.input_tokens or 0)
            _put(row, _completion, line.output_tokens or 0)
    elif line.input_tokens is not None or line.output_tokens is not None:
        row.flags |= HAS_TOKENS
        for code, amount in (<dict> build.native_tokens(line)).items():
            _put(row, _number_of(_token_numbers, code), amount)
    else:
        _tokens(row, <dict?> fees)
    _request(
        slip,
        line.id,
        _fraction(time, raw) if type(time) is float else _moment(time),
        (line.api_key, line.model, line.provider, line.plan),
        line.finish_reason,
        None,
        line.error_type,
        line.event,
        line.status,
        line.cancelled,
        line.streamed,
    )
    _speed(row, line.web_search_calls, line.latency_ms, line.generation_ms, line.throughput_tps)
    if costs is not None:
        for code, amount in (<dict?> costs).items():
            if amount is not None:
                itemized = True
                listed += _item(row, code, amount)
    return _bill(row, itemized, listed, line.cost_usd, None, None, line.discount_usd, None)


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
    cdef PyObject *found
    cdef int outcome = SUCCESS
    cdef long long code = 0
    if (
        event is not None
        or who[3] is not None
        and who[3] not in _plans
        or _is_blank(who[1])
        or _is_blank(identity)
    ):
        raise _rare
    row.finish = 0
    if word is not None:
        row.finish = _number_of(_finishes, word)
    if _is_blank(error_type):
        error_type = None
    if type(status) is str:
        outcome = _number_of(_outcomes, status)
    elif status is not None:
        if type(status) is not int or not -10**12 < status < 10**12:
            raise _rare
        code = status
    if cancelled or outcome == CANCELLED:
        outcome, error_type = CANCELLED, None
    elif (
        success is False
        or row.finish == _finish_error
        or error_type is not None
        or code >= 400
        or outcome == ERROR
    ):
        outcome = ERROR
        if error_type is None:
            error_type = "unknown" if status is None else str(status)
    row.outcome = outcome
    row.time_ms = time_ms
    if streamed is not False:
        row.flags |= STREAMED
    slip.id, slip.who, slip.error_type = identity, who, error_type
    return 0


cdef int _speed(Row *row, object calls, object latency, object generation, object rate) except -1:
    """Searches, output and how long it took, of a row that has its tokens."""
    cdef long long own = 0, output = 0, searches = 0
    cdef int at, code
    for at in range(row.tokens):
        code = row.amounts[at].code
        if code == _completion or code == _reasoning or code == _audio:
            output += row.amounts[at].number
        elif code == _search:
            searches = row.amounts[at].number
    row.output = output
    if calls is not None:
        searches = calls
    row.searches = searches
    if latency is not None:
        row.latency = _near(_double(latency), 1e3, 604_800_000.0)
        row.flags |= HAS_LATENCY
    if generation is not None:
        row.generation = _near(_double(generation), 1e3, 604_800_000.0)
        row.flags |= HAS_GENERATION
    if rate is not None:
        own = _near(_double(rate), 1e6, 1e8)
    if not output or not own and not (row.flags & HAS_GENERATION and row.generation):
        return 0
    if not own:
        own = _quotient(output, row.generation)
    if own > _MOST:
        raise _rare
    row.throughput = own
    row.flags |= HAS_THROUGHPUT
    return 0


cdef long long _quotient(long long output, long long generation) except -1:
    """Millionths of a token a second from tokens and microseconds, rounded half-even."""
    cdef long long whole, rest
    if output > 9_000_000:
        return _divide(<object> output * 10**12, generation)
    whole, rest = output * 10**12 // generation, output * 10**12 % generation
    if rest * 2 > generation or rest * 2 == generation and whole & 1:
        whole += 1
    return whole


cdef inline int _number_of(dict numbers, object word) except -1:
    """The number that stands for a word."""
    cdef PyObject *found = PyDict_GetItem(numbers, word)
    if found == NULL:
        raise _rare
    return PyLong_AsLong(<object> found)


cdef inline int _put(Row *row, int code, long long number) except -1:
    """Add tokens of a type that the row has not yet."""
    if number:
        if row.tokens == CODES:
            raise _rare
        row.amounts[row.tokens] = Amount(number, code)
        row.tokens += 1
    return 0


cdef inline bint _is_blank(object text) except -1:
    """Whether a text is absent, empty or white; anything but plain letters is looked at closely."""
    if text is None:
        return True
    if not PyUnicode_IS_COMPACT_ASCII(text) or PyUnicode_GET_LENGTH(text) == 0:
        return not text or text.isspace()
    return PyUnicode_1BYTE_DATA(text)[0] <= 32 and text.isspace()


cdef double _double(object value) except? -1.0:
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


cdef inline long long _near(double number, double factor, double limit) except -1:
    """The scaled integer where rounding the float is proven right, as in `exact`."""
    cdef double scaled = number * factor, whole
    if 0.0 <= number < limit:
        whole = rint(scaled)
        if -_MARGIN < scaled - whole < _MARGIN:
            return <long long> whole
    raise _rare


cdef long long _usd(object value) except -1:
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
    return _near(_double(value), 1e12, 1000.0)


cdef long long _item(Row *row, object code, object amount) except -1:
    """Add an item of a bill; its amount."""
    cdef long long value = _usd(amount)
    cdef int at = row.tokens + row.items
    if value:
        if code is None or at == MOST_AMOUNTS or value > _MOST:
            raise _rare
        row.amounts[at] = Amount(value, _number_of(_numbers, code))
        row.items += 1
    return value


cdef int _bill(
    Row *row,
    bint itemized,
    long long listed,
    object amount,
    object rated,
    object usage,
    object discount,
    object rated_discount,
) except -1:
    """The bill, where it needs no balancing."""
    cdef long long total = -1, value
    cdef int at = row.tokens + row.items
    for one in (amount, rated, usage):
        if one is not None and (total < 0 or type(one) is str):
            value = _usd(one)
            total = value if total < 0 else total
    if total < 0:
        if not itemized:
            if discount is None and rated_discount is None:
                return 0
            raise _rare
        total = listed
    if total > _MOST:
        raise _rare
    if total != listed:
        if itemized or total < listed or at == MOST_AMOUNTS:
            raise _rare
        row.amounts[at] = Amount(total - listed, _unitemized)
        row.items += 1
    row.total, row.discount = total, 0
    if discount is not None:
        row.discount = _usd(discount)
        if type(rated_discount) is str:
            _usd(rated_discount)
    elif rated_discount is not None:
        row.discount = _usd(rated_discount)
    if row.discount > _MOST:
        raise _rare
    row.flags |= HAS_BILL
    return 0


cdef int _usage(Row *row, NativeTokens usage) except -1:
    """`build.protocol_tokens`; the decoder has bounded the counts."""
    cdef PromptDetails prompt = usage.prompt_tokens_details
    cdef CompletionDetails completion = usage.completion_tokens_details
    cdef long long cached = 0, five = 0, hour = 0, reasoning = 0
    if prompt is not None:
        cached = prompt.cached_tokens or 0
        five = prompt.ephemeral_5m_input_tokens or 0
        hour = prompt.ephemeral_1h_input_tokens or 0
    if completion is not None:
        reasoning = completion.reasoning_tokens or 0
    row.flags |= HAS_TOKENS
    _split(row, _prompt, usage.prompt_tokens or 0, cached + five + hour)
    _put(row, _cache_read, cached)
    _put(row, _cache_5_min, five)
    _put(row, _cache_1_h, hour)
    _split(row, _completion, usage.completion_tokens or 0, reasoning)
    return _put(row, _reasoning, reasoning)


cdef int _split(Row *row, int code, long long total, long long inside) except -1:
    """What a total has over its subsets, where they are inside it."""
    return _put(row, code, total - inside if inside <= total else total)


cdef int _tokens(Row *row, dict fees) except -1:
    """`rules.fee_tokens` where every type is known and nothing overlaps."""
    cdef object name, number
    cdef bint counted = False
    cdef int code
    for name, number in fees.items():
        if number is not None:
            counted = True
            if number:
                code = _number_of(_token_numbers, name)
                if code == _cache_write:
                    raise _rare
                _put(row, code, number)
    if not counted:
        raise _rare
    row.flags |= HAS_TOKENS
    return 0


cdef inline int _two(const unsigned char *at) except -1:
    """Two digits."""
    if not (48 <= at[0] <= 57 and 48 <= at[1] <= 57):
        raise _rare
    return (at[0] - 48) * 10 + at[1] - 48


cdef long long _fraction(double time, bytes raw) except -1:
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


cdef long long _moment(object time) except -1:
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
