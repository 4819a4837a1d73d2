# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""What stands in a row: its tokens, its bill, its speed, by the rules of `build`.

Whatever is rare or doubtful raises `Rare`, and is left to `build`.
"""

from cpython.dict cimport PyDict_GetItem
from cpython.long cimport PyLong_AsLong
from cpython.object cimport PyObject

from exporter.decode.layout cimport (
    CompletionDetails,
    CompletionDetailsNames,
    NativeTokensNames,
    PromptDetails,
    PromptDetailsNames,
    is_laid_out,
)
from exporter.decode.scalars cimport double_of, is_blank, near, quotient, usd

from .money import UNITEMIZED
from .rules import FINISH_REASONS, KNOWN_ITEMS, KNOWN_TYPES, STATUS_OUTCOMES
from .scalars import Rare

if not (
    is_laid_out(NativeTokens, NativeTokensNames)
    and is_laid_out(PromptDetails, PromptDetailsNames)
    and is_laid_out(CompletionDetails, CompletionDetailsNames)
):
    raise ImportError("built for other classes")

# The codes of tokens and items, and the finish reasons, by the numbers that stand for them in rows.
NAMES = tuple(sorted(KNOWN_ITEMS))
FINISH_WORDS = ("unknown", *sorted(set(FINISH_REASONS.values())))
OUTCOME_WORDS = ("success", "error", "cancelled")
if len(NAMES) > CODES or len(FINISH_WORDS) > FINISHES:
    raise ImportError("built for fewer words")

cdef object _rare = Rare
cdef dict _numbers = {name: number for number, name in enumerate(NAMES)}
cdef dict _token_numbers = {name: _numbers[name] for name in KNOWN_TYPES}
cdef dict _finishes = {word: FINISH_WORDS.index(told) for word, told in FINISH_REASONS.items()}
cdef dict _outcomes = {word: OUTCOME_WORDS.index(told) for word, told in STATUS_OUTCOMES.items()}
cdef int _finish_error = FINISH_WORDS.index("error")
cdef int _cache_write = _numbers["input_cache_write"]
cdef int _completion = _numbers["completion"], _reasoning = _numbers["internal_reasoning"]
cdef int _audio = _numbers["audio"], _prompt = _numbers["prompt"], _search = _numbers["web_search"]
cdef int _cache_read = _numbers["input_cache_read"], _unitemized = _numbers[UNITEMIZED]
cdef int _cache_5_min = _numbers["input_cache_write_5_min"]
cdef int _cache_1_h = _numbers["input_cache_write_1_h"]
# Larger amounts and rates are left to Python's integers: pico-USD, millionths of a token a second.
cdef long long _MOST = 5 * 10**12


cdef int number_of(dict numbers, object word) except -1:
    """The number that stands for a word."""
    cdef PyObject *found = PyDict_GetItem(numbers, word)
    if found == NULL:
        raise _rare
    return PyLong_AsLong(<object> found)


cdef int put(Row *row, int code, long long number) except -1:
    """Add tokens of a type that the row has not yet."""
    if number:
        if row.tokens == CODES:
            raise _rare
        row.amounts[row.tokens] = Amount(number, code)
        row.tokens += 1
    return 0


cdef int put_tokens(Row *row, dict fees) except -1:
    """`rules.fee_tokens` where every type is known and nothing overlaps."""
    cdef object name, number
    cdef bint counted = False
    cdef int code
    for name, number in fees.items():
        if number is not None:
            counted = True
            if number:
                code = number_of(_token_numbers, name)
                if code == _cache_write:
                    raise _rare
                put(row, code, number)
    if not counted:
        raise _rare
    row.flags |= HAS_TOKENS
    return 0


cdef int put_usage(Row *row, NativeTokens usage) except -1:
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
    put(row, _cache_read, cached)
    put(row, _cache_5_min, five)
    put(row, _cache_1_h, hour)
    _split(row, _completion, usage.completion_tokens or 0, reasoning)
    return put(row, _reasoning, reasoning)


cdef int _split(Row *row, int code, long long total, long long inside) except -1:
    """What a total has over its subsets, where they are inside it."""
    return put(row, code, total - inside if inside <= total else total)


cdef int put_speed(Row *row, object calls, object latency, object generation, object rate) except -1:
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
        row.latency = near(double_of(latency), 1e3, 604_800_000.0)
        row.flags |= HAS_LATENCY
    if generation is not None:
        row.generation = near(double_of(generation), 1e3, 604_800_000.0)
        row.flags |= HAS_GENERATION
    if rate is not None:
        own = near(double_of(rate), 1e6, 1e8)
    if not output or not own and not (row.flags & HAS_GENERATION and row.generation):
        return 0
    if not own:
        own = quotient(output, row.generation)
    if own > _MOST:
        raise _rare
    row.throughput = own
    row.flags |= HAS_THROUGHPUT
    return 0


cdef long long put_item(Row *row, object code, object amount) except -1:
    """Add an item of a bill; its amount."""
    cdef long long value = usd(amount)
    cdef int at = row.tokens + row.items
    if value:
        if code is None or at == MOST_AMOUNTS or value > _MOST:
            raise _rare
        row.amounts[at] = Amount(value, number_of(_numbers, code))
        row.items += 1
    return value


cdef int put_bill(
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
            value = usd(one)
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
        row.discount = usd(discount)
        if type(rated_discount) is str:
            usd(rated_discount)
    elif rated_discount is not None:
        row.discount = usd(rated_discount)
    if row.discount > _MOST:
        raise _rare
    row.flags |= HAS_BILL
    return 0


cdef object put_end(
    Row *row, object word, object success, object error_type, object status, object cancelled
):
    """How a request ended; the type of its error, None where it is none."""
    cdef int outcome = SUCCESS
    cdef long long code = 0
    row.finish = 0
    if word is not None:
        row.finish = number_of(_finishes, word)
    if is_blank(error_type):
        error_type = None
    if type(status) is str:
        outcome = number_of(_outcomes, status)
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
    return error_type
