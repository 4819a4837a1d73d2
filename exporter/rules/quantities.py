"""The quantities of a record: billed ones, or usage in the words of its protocol.

Source: docs/counting.md, "Tokens". All quantities are millionths of a token or unit.
"""

from decimal import Decimal, InvalidOperation
from typing import Any, Final, final

import msgspec

from ..errors import Fault, FieldError
from ..values.fixed_point import MAX_USD, literal, number_within, quantity
from ..values.raw import decoded
from .protocols import GROUNDING
from .tokens import add_totals, fee_quantities
from .usage import Usage, usage_of

WEB_SEARCH: Final = "web_search"
# JSON that names a search holds one of these, unless it is written with escapes.
_SEARCH: Final = WEB_SEARCH.encode()
_GROUNDING: Final = GROUNDING.encode()
_ESCAPE: Final = ord("\\")
# Other usual names of usage don't have this letter: searching for it takes a fifth of the time.
_SEARCH_LETTER: Final = ord("b")


@final
class Used:
    """The quantities that a record reports, and what was odd about them.

    `quantities`: by fee item code, None if the record reports none. `web_searches`: None if it does
    not report them. `credits`: the bill, if the field `usage` holds an amount.
    """

    __slots__ = (
        "credits",
        "faults",
        "has_unknown_name",
        "has_unknown_type",
        "mismatch",
        "quantities",
        "web_searches",
    )

    def __init__(self, quantities: dict[str, int] | None, has_unknown_type: bool) -> None:
        """Start with billed quantities."""
        self.quantities = quantities
        self.has_unknown_type = has_unknown_type
        self.has_unknown_name = False
        self.mismatch = False
        self.web_searches: int | None = None
        self.credits: Decimal | None = None
        self.faults: tuple[tuple[str, str], ...] = ()

    @property
    def is_odd(self) -> bool:
        """Whether it has faults or unknown names."""
        return bool(self.has_unknown_type or self.has_unknown_name or self.faults)

    def take(self, usage: Usage, path: str) -> None:
        """Take over the usage at a path."""
        self.quantities = usage.quantities
        self.has_unknown_name = usage.unknown
        self.mismatch = usage.mismatch
        self.web_searches = usage.web_searches
        for name, fault in usage.faults:
            self.faults += ((f"{path}.{name}" if path else name, fault),)

    def add_fault(self, path: str, fault: Fault) -> None:
        """Record the fault of a field that is ignored."""
        self.faults += ((path, fault.value),)


def used_by(line: Any, *, is_strict: bool) -> Used:
    """Return the quantities that a line reports.

    `is_strict`: the strict path read the line; the fast path leaves lines with parts of usage at
    their top to it. Raises ValueError or RecursionError if only the strict path can read it.
    """
    given: dict[str, Any] | None = line.quantities
    quantities: dict[str, int] | None = None
    has_unknown = False
    if given:
        quantities, has_unknown = fee_quantities(given)
    used = Used(quantities, has_unknown)
    usage = None if line.credits is None else _read_credits(used, line)
    if quantities or (given and any(number is not None for number in given.values())):
        _find_searches(used, line, usage)
        _add_totals(used, line)
    elif not _read_usage(used, line, usage) and not (is_strict and _read_parts(used, line)):
        _add_totals(used, line)
    if line.web_searches is not None:
        used.web_searches = quantity(line.web_searches)
    elif given and given.get(WEB_SEARCH) is not None:
        used.web_searches = quantity(given[WEB_SEARCH])
    return used


def _read_credits(used: Used, line: Any) -> dict[str, Any] | None:
    """Return the object in the field that may hold usage or the bill; take a bill."""
    value = decoded(line.credits)
    if value is None or isinstance(value, dict):
        return value
    try:
        used.credits = number_within(value, MAX_USD)
    except FieldError as error:
        used.add_fault(line.paths["credits"], error.fault)
    return None


def _read_usage(used: Used, line: Any, instead: dict[str, Any] | None) -> bool:
    """Take the first usage that is present; `instead`: the one of `_read_credits`."""
    if _take_usage(used, line, "usage"):
        return True
    if instead is not None:
        used.take(usage_of(instead, line.api), line.paths["credits"])
        return True
    for name in line.alternatives.get("usage", ()):  # noqa: SIM110 (a plain loop compiles better)
        if _take_usage(used, line, name):
            return True
    return False


def _take_usage(used: Used, line: Any, attribute: str) -> bool:
    value = getattr(line, attribute)
    if value is None:
        return False
    value = decoded(value)
    if value is None:
        return False
    if isinstance(value, dict):
        used.take(usage_of(value, line.api), line.paths[attribute])
        return True
    # A number in a native record's `usage` is ignored; in any other field it is a fault.
    if attribute != "usage" or not line.takes_wrapper_time or not _is_number(value):
        used.add_fault(line.paths[attribute], Fault.bad_type)
    return False


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        try:
            literal(value)
        except InvalidOperation:
            return False
        return True
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _read_parts(used: Used, line: Any) -> bool:
    """Take the usage at the top of a record, without an object around it."""
    found = {}
    for name, attribute in line.parts:
        value = getattr(line, attribute)
        if value is not None:
            found[name] = value
    if not found:
        return False
    found["input_tokens"], found["output_tokens"] = line.input_tokens, line.output_tokens
    used.take(usage_of(found, line.api), "")
    return True


def _add_totals(used: Used, line: Any) -> None:
    if line.input_tokens is not None or line.output_tokens is not None:
        if used.quantities is None:
            used.quantities = {}
        add_totals(used.quantities, line.input_tokens, line.output_tokens)


def _may_name_searches(text: bytes) -> bool:
    """Return True if undecoded usage may have web searches."""
    has_searches = _SEARCH_LETTER in text and text.find(_SEARCH) >= 0
    return has_searches or text.find(_GROUNDING) >= 0 or _ESCAPE in text


def _find_searches(used: Used, line: Any, instead: dict[str, Any] | None) -> None:
    """Find the web searches of a record with billed quantities, which only usage has."""
    usage: Any = line.usage
    if isinstance(usage, msgspec.Raw) and not _may_name_searches(bytes(usage)):
        usage = None
    if usage is not None or instead is not None:
        value = decoded(usage) if usage is not None else instead
        if isinstance(value, dict):
            used.web_searches = usage_of(value, line.api).web_searches
