"""The counting rules of one record that are tables: tokens, finish reasons, outcomes.

Sources: ZenMux's documentation of fee items, finish reasons and errors; docs/counting.md.
"""

from decimal import Decimal, InvalidOperation

from ..catalog import DIRECTIONS, direction
from ..exact import MAX_COUNT, Number
from ..labels import clean

UNITS = frozenset({"request", "image", "web_search"})
KNOWN_TYPES = DIRECTIONS.keys() | UNITS | {"video", "audio_and_video"}
KNOWN_ITEMS = KNOWN_TYPES | {"unitemized"}
KNOWN_COMPENSATIONS = frozenset({"high_latency", "unsatisfactory_content"})
KNOWN_PLANS = frozenset({"payg", "subscription"})
KNOWN_STATUSES = frozenset({"success", "succeeded", "ok", "completed"})
KNOWN_EVENTS = frozenset({"compensation", "request"})

_FINISH = {
    "stop": ("stop", "end_turn", "stop_sequence"),
    "length": ("length", "max_tokens"),
    "tool_calls": ("tool_calls", "function_call", "tool_use"),
    "content_filter": (
        "content_filter",
        "refusal",
        "safety",
        "recitation",
        "blocklist",
        "prohibited_content",
        "image_prohibited_content",
        "spii",
    ),
    "error": ("error", "malformed_function_call"),
}
# The usual spellings, found in one step; `finish_reason` knows every other.
FINISH_REASONS = {
    spelling: reason
    for reason, words in _FINISH.items()
    for word in words
    for spelling in (word, word.upper(), f"FINISH_REASON_{word.upper()}")
}
_CANCELLED = frozenset({"cancelled", "canceled"})
_FAILED = frozenset({"error", "failed", "failure"})
_FIRST_ERROR_STATUS = 400
# The usual words for how a request ended, found in one step.
STATUS_OUTCOMES = {
    word: outcome
    for outcome, words in (
        ("success", KNOWN_STATUSES),
        ("error", _FAILED),
        ("cancelled", _CANCELLED),
    )
    for word in words
}


def finish_reason(text: str | None) -> str:
    """One of seven words for a provider's finish reason, `other` for one that nobody listed."""
    if text is None:
        return "unknown"
    word = text.strip().lower().removeprefix("finish_reason_")
    return FINISH_REASONS.get(word, "other") if word else "unknown"


def fee_tokens(fees: dict[str, int | None]) -> dict[str, int]:
    """Billed quantities by fee item code, zeros left out, overlapping cache writes taken out."""
    tokens: dict[str, int] = {}
    for code, number in fees.items():
        if number:
            if code not in KNOWN_TYPES:
                code = clean(code)  # noqa: PLW2901
            tokens[code] = tokens.get(code, 0) + number
    if "input_cache_write" in tokens:
        _take_out(
            tokens,
            "input_cache_write",
            tokens.get("input_cache_write_5_min", 0) + tokens.get("input_cache_write_1_h", 0),
        )
    return tokens


def _take_out(tokens: dict[str, int], name: str, part: int) -> None:
    rest = tokens[name] - part
    if rest > 0:
        tokens[name] = rest
    else:
        del tokens[name]


def split_parent(parent: str, total: int, subsets: dict[str, int], tokens: dict[str, int]) -> None:
    """Add a protocol's total and its subsets as disjoint types.

    OpenAI's totals include the subsets, Anthropic's do not: they are taken out where they fit.
    """
    inside = sum(subsets.values())
    rest = total - inside if inside <= total else total
    for name, number in ((parent, rest), *subsets.items()):
        if number:
            tokens[name] = tokens.get(name, 0) + number


def add_rest(tokens: dict[str, int], name: str, total: int) -> None:
    """Give `name` what a total has over the listed types of its direction."""
    way = direction(name)
    rest = total - sum(number for code, number in tokens.items() if direction(code) == way)
    if rest > 0:
        tokens[name] = tokens.get(name, 0) + rest


def status_word(status: Number) -> str:
    """A status as text: `failed`, `429`."""
    if isinstance(status, str):
        return status
    number = Decimal(status)
    whole = -MAX_COUNT < number < MAX_COUNT and number % 1 == 0
    return str(int(number)) if whole else str(status)


def is_cancelled(status: Number | None) -> bool:
    """Whether the status says that the client went away."""
    return isinstance(status, str) and status.strip().lower() in _CANCELLED


def is_failed(status: Number | None) -> bool:
    """Whether the status is one of an error: a word, or an HTTP status from 400."""
    if status is None:
        return False
    if isinstance(status, str) and status.strip().lower() in _FAILED:
        return True
    try:
        return Decimal(status) >= _FIRST_ERROR_STATUS
    except InvalidOperation:
        return False


def is_known_status(status: Number) -> bool:
    """Whether the status is a number or a word that the rules list."""
    try:
        return not Decimal(status).is_nan()
    except InvalidOperation:
        word = str(status).strip().lower()
        return word in _CANCELLED or word in _FAILED or word in KNOWN_STATUSES or not word
