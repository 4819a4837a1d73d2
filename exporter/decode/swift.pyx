# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The compiled twin of `build`: a decoded line in, a `Record` out.

It takes the plain record only. Whatever is rare or doubtful is left to `build`, whose rules these
are; the tests hold both to the same records.
"""

from cpython.bytes cimport PyBytes_GET_SIZE
from cpython.long cimport PyLong_AsLongLongAndOverflow
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

cdef dict _finish_reasons = FINISH_REASONS
cdef set _types = set(KNOWN_TYPES), _items = set(KNOWN_ITEMS)
cdef set _plans = set(KNOWN_PLANS)
cdef dict _outcomes = STATUS_OUTCOMES
cdef object _unitemized = UNITEMIZED
cdef object _parse_moment = moments.parse
cdef object _divide = divide
cdef object _Bill = Bill, _Record = Record
cdef object _decode_zenmux = msgspec.json.Decoder(ZenmuxLine).decode
cdef object _decode_native = msgspec.json.Decoder(NativeLine).decode

cdef double _MARGIN = 0.25
cdef long long[13] _POWERS = [10**power for power in range(13)]
# Sums that may pass it are left to Python's integers.
cdef long long _MOST = 1 << 60
cdef long long _MINUTE = 60_000
# Days of each month beyond 28; the 29th of February is left to Python.
cdef int[13] _longer = [0, 3, 0, 3, 2, 3, 2, 3, 3, 2, 3, 2, 3]


class Rare(Exception):
    """This record is not a plain one."""


cdef object _rare = Rare


def quick(bytes line not None):
    """The record of a line, as `quick.quick` reads it."""
    cdef ZenmuxLine zenmux
    cdef NativeLine native
    cdef const char *text = line
    cdef Py_ssize_t size = PyBytes_GET_SIZE(line)
    if memmem(text, size, b'"createdAt"', 11) == NULL:
        if memmem(text, size, b'"generationId"', 14) or memmem(text, size, b'"createAt"', 10):
            return twin.quick(line)
        native = _decode_native(line)
        try:
            if len(native.generationId) or len(native.createdAt) or len(native.createAt):
                return twin.quick(line)
            return _native(native, line)
        except (_rare, ValueError):
            return build.from_native(native)
    zenmux = _decode_zenmux(line)
    if zenmux.createdAt is None:
        return twin.quick(line)
    try:
        return _zenmux(zenmux)
    except (_rare, ValueError):
        return build.from_zenmux(zenmux)


cdef object _zenmux(ZenmuxLine line):
    if line.compensation is not None:
        raise _rare
    cdef object time = line.createdAt, model = line.modelSlug, word = line.finishReason
    cdef object fees = line.nativeFeeTokens, rated = None, rated_discount = None, tokens
    cdef Ext ext = line.ext
    cdef ZenmuxRating rating = line.ratingResponses
    cdef ZenmuxDetail detail
    cdef dict items = {}
    cdef long long listed = 0
    cdef bint itemized = False
    if time is None:
        time = line.createAt
    if _is_blank(model):
        model = line.model
    if _is_blank(word):
        word = line.nativeFinishReason
    if fees:
        tokens = _tokens(<dict?> fees)
    else:
        tokens = line.nativeTokens
        if tokens is not None:
            tokens = _usage(tokens)
    if rating is not None:
        rated, rated_discount = rating.billAmount, rating.discountAmount
        for detail in rating.ratingDetails or ():
            if detail is not None and detail.billAmount is not None:
                itemized = True
                listed = _add(items, listed, detail.feeItemCode, detail.billAmount)
    if not time:
        raise _rare
    return _record(
        line.generationId,
        _moment(time),
        line.apiKeyId,
        model,
        line.providerSlug,
        word,
        None if ext is None else ext.requestSuccess,
        line.errorType,
        tokens,
        None,
        _bill(
            items,
            itemized,
            listed,
            line.billAmount,
            rated,
            line.usage,
            line.discountAmount,
            rated_discount,
        ),
        line.latency,
        line.generationTime,
        line.throughput,
        line.event,
        line.plan,
        line.status,
        line.cancelled,
        line.streamed,
    )


cdef object _native(NativeLine line, bytes raw):
    cdef object fees = line.tokens, costs = line.costs_usd, time = line.timestamp, code, amount
    if line.compensation is not None or not time:
        raise _rare
    cdef dict items = {}
    cdef long long listed = 0
    cdef bint itemized = False
    if not fees:
        tokens = _totals(line.input_tokens, line.output_tokens)
    elif line.input_tokens is not None or line.output_tokens is not None:
        tokens = build.native_tokens(line)
        if not _types.issuperset(tokens):
            raise _rare
    else:
        tokens = _tokens(<dict?> fees)
    if costs is not None:
        for code, amount in (<dict?> costs).items():
            if amount is not None:
                itemized = True
                listed = _add(items, listed, code, amount)
    return _record(
        line.id,
        _fraction(time, raw) if type(time) is float else _moment(time),
        line.api_key,
        line.model,
        line.provider,
        line.finish_reason,
        None,
        line.error_type,
        tokens,
        line.web_search_calls,
        _bill(items, itemized, listed, line.cost_usd, None, None, line.discount_usd, None),
        line.latency_ms,
        line.generation_ms,
        line.throughput_tps,
        line.event,
        line.plan,
        line.status,
        line.cancelled,
        line.streamed,
    )


cdef object _record(
    object identity,
    long long time_ms,
    object key,
    object model,
    object provider,
    object word,
    object success,
    object error_type,
    dict tokens,
    object calls,
    object bill,
    object latency,
    object generation,
    object rate,
    object event,
    object plan,
    object status,
    object cancelled,
    object streamed,
):
    cdef object finish, outcome = "success", output, throughput = None
    cdef object generation_us = None, latency_us = None
    cdef long long own, produced, code = 0
    if (
        event is not None
        or plan is not None
        and plan not in _plans
        or _is_blank(model)
        or _is_blank(identity)
    ):
        raise _rare
    finish = "unknown" if word is None else _finish_reasons.get(word)
    if finish is None:
        raise _rare
    if _is_blank(error_type):
        error_type = None
    if type(status) is str:
        outcome = _outcomes.get(status)
        if outcome is None:
            raise _rare
    elif status is not None:
        if type(status) is not int or not -10**12 < status < 10**12:
            raise _rare
        code = status
    if cancelled or outcome == "cancelled":
        outcome, error_type = "cancelled", None
    elif (
        success is False
        or finish == "error"
        or error_type is not None
        or code >= 400
        or outcome == "error"
    ):
        outcome = "error"
        if error_type is None:
            error_type = "unknown" if status is None else str(status)
    produced = _output(tokens)
    if latency is not None:
        latency_us = _near(_double(latency), 1e3, 604_800_000.0)
    if generation is not None:
        generation_us = _near(_double(generation), 1e3, 604_800_000.0)
    own = 0 if rate is None else _near(_double(rate), 1e6, 1e8)
    output = produced
    if produced:
        if own:
            throughput = own
        elif generation_us:
            throughput = _divide(output * 10**12, generation_us)
    if calls is None:
        calls = 0 if tokens is None else tokens.get("web_search", 0)
    return _Record(
        identity,
        time_ms,
        False,
        (key, model, provider, plan),
        outcome,
        finish,
        error_type,
        tokens,
        output,
        calls,
        bill,
        latency_us,
        generation_us,
        throughput,
        streamed is not False,
        None,
        (),
    )


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


cdef long long _add(dict items, long long listed, object code, object amount) except -1:
    """Add an item of a bill; the sum with it."""
    cdef long long value = _usd(amount)
    cdef object before
    if value:
        if code is None or code not in _items or listed > _MOST:
            raise _rare
        before = items.get(code)
        items[code] = value if before is None else before + value
    return listed + value


cdef object _bill(
    dict items,
    bint itemized,
    long long listed,
    object amount,
    object rated,
    object usage,
    object discount,
    object rated_discount,
):
    """The bill, where it needs no balancing."""
    cdef long long total = -1, off = 0, value
    for one in (amount, rated, usage):
        if one is not None and (total < 0 or type(one) is str):
            value = _usd(one)
            total = value if total < 0 else total
    if total < 0:
        if not itemized:
            if discount is None and rated_discount is None:
                return None
            raise _rare
        total = listed
    if total != listed:
        if itemized or total < listed:
            raise _rare
        items[_unitemized] = total - listed
    if discount is not None:
        off = _usd(discount)
        if type(rated_discount) is str:
            _usd(rated_discount)
    elif rated_discount is not None:
        off = _usd(rated_discount)
    return _Bill(total, items, off, False)


cdef dict _usage(NativeTokens usage):
    """`build.protocol_tokens`; the decoder has bounded the counts."""
    cdef PromptDetails prompt = usage.prompt_tokens_details
    cdef CompletionDetails completion = usage.completion_tokens_details
    cdef long long cached = 0, five = 0, hour = 0, reasoning = 0
    cdef dict tokens = {}
    if prompt is not None:
        cached = prompt.cached_tokens or 0
        five = prompt.ephemeral_5m_input_tokens or 0
        hour = prompt.ephemeral_1h_input_tokens or 0
    if completion is not None:
        reasoning = completion.reasoning_tokens or 0
    _split(tokens, "prompt", usage.prompt_tokens or 0, cached + five + hour)
    _put(tokens, "input_cache_read", cached)
    _put(tokens, "input_cache_write_5_min", five)
    _put(tokens, "input_cache_write_1_h", hour)
    _split(tokens, "completion", usage.completion_tokens or 0, reasoning)
    _put(tokens, "internal_reasoning", reasoning)
    return tokens


cdef int _split(dict tokens, object name, long long total, long long inside) except -1:
    """What a total has over its subsets, where they are inside it."""
    return _put(tokens, name, total - inside if inside <= total else total)


cdef int _put(dict tokens, object name, long long number) except -1:
    if number:
        tokens[name] = number
    return 0


cdef dict _totals(object inputs, object outputs):
    """`build.native_tokens` where no type is listed."""
    cdef dict tokens = {}
    if inputs is None and outputs is None:
        return None
    if inputs:
        tokens["prompt"] = inputs
    if outputs:
        tokens["completion"] = outputs
    return tokens


cdef dict _tokens(dict fees):
    """`rules.fee_tokens` where every type is known and nothing overlaps."""
    cdef dict tokens = {}
    cdef object code, number
    cdef bint counted = False
    for code, number in fees.items():
        if number is not None:
            counted = True
            if number:
                if code not in _types or code == "input_cache_write":
                    raise _rare
                tokens[code] = number
    if not counted:
        raise _rare
    return tokens


cdef long long _output(dict tokens) except -1:
    cdef long long total = 0
    if tokens:
        for code in ("completion", "internal_reasoning", "audio"):
            number = tokens.get(code)
            if number is not None:
                total += <long long> number
    return total


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
        elif 48 <= at[0] <= 57 and whole < _MOST // 10:
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
