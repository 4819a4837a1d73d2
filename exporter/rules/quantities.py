"""What a record used: billed quantities, or usage in the words of its protocol.

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
# What names a search in JSON holds one of these, or an escape hides it.
_SEARCH: Final = WEB_SEARCH.encode()
_GROUNDING: Final = GROUNDING.encode()
_ESCAPE: Final = ord("\\")
# No other usual name of usage has this letter: to look for it takes a fifth of the time.
_SEARCH_LETTER: Final = ord("b")


@final
class Used:
    """What a record used, and what was odd about it.

    `quantities`: by fee item code, None if the record reports none. `web_searches`: None if it
    tells nothing of them. `credits`: the bill that stands in the place of usage.
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
        """Whether something in it is to be told."""
        return bool(self.has_unknown_type or self.has_unknown_name or self.faults)

    def take(self, usage: Usage, path: str) -> None:
        """Take over what usage at a path tells."""
        self.quantities = usage.quantities
        self.has_unknown_name = usage.unknown
        self.mismatch = usage.mismatch
        self.web_searches = usage.web_searches
        for name, fault in usage.faults:
            self.faults += ((f"{path}.{name}" if path else name, fault),)

    def add_fault(self, path: str, fault: Fault) -> None:
        """Note a field that is left out."""
        self.faults += ((path, fault.value),)


def used_by(line: Any, *, is_strict: bool) -> Used:
    """Return what a line reports as used.

    `is_strict`: the strict path read the line; the fast one takes none with parts of usage at its
    top. Raises ValueError or RecursionError where only the strict path can tell.
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
    """Return the usage that may stand in the place of the bill; take the bill."""
    value = decoded(line.credits)
    if value is None or isinstance(value, dict):
        return value
    try:
        used.credits = number_within(value, MAX_USD)
    except FieldError as error:
        used.add_fault(line.paths["credits"], error.fault)
    return None


def _read_usage(used: Used, line: Any, instead: dict[str, Any] | None) -> bool:
    """Take the first usage that is present; `instead`: what stands in the place of the bill."""
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
    # A number under a native record's `usage` says nothing; no other name may hold one.
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
    """Take what a protocol tells at the top of a record, without an object around it."""
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
    """Return whether web searches may stand in undecoded usage."""
    has_searches = _SEARCH_LETTER in text and text.find(_SEARCH) >= 0
    return has_searches or text.find(_GROUNDING) >= 0 or _ESCAPE in text


def _find_searches(used: Used, line: Any, instead: dict[str, Any] | None) -> None:
    """Find the web searches that only usage tells, beside billed quantities."""
    usage: Any = line.usage
    if isinstance(usage, msgspec.Raw) and not _may_name_searches(bytes(usage)):
        usage = None
    if usage is not None or instead is not None:
        value = decoded(usage) if usage is not None else instead
        if isinstance(value, dict):
            used.web_searches = usage_of(value, line.api).web_searches
