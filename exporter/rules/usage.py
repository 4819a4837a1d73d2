"""Split usage in any protocol's words into disjoint token types.

Protocols disagree on what their totals include: cache reads and writes, reasoning and tool-use
prompts stand inside the prompt or completion, or beside it. The total of a record decides; without
one the protocol does.

Source: docs/counting.md, "Tokens".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import combinations
from typing import Any, Final

from ..errors import Fault
from ..values.fixed_point import MAX_COUNT, QUANTITY_PLACES, literal, to_integer
from .protocols import (
    CACHE,
    CACHE_BESIDE,
    CHAT,
    CONTAINERS,
    IGNORED,
    MARKS_OF_MESSAGES,
    MESSAGES,
    MESSAGES_API,
    PARTS,
    PROTOCOLS,
    RESPONSES,
    SEARCHES,
    TOOL_USE,
    TOTALS,
    WEB_SEARCH_TOOL,
    Placement,
    Protocol,
)
from .tokens import take_out_parts

# Names that are usage where they stand at the top of a record, without an object around them. Not
# among them are `input_tokens` and `output_tokens`, which every native record may have.
NAMES_AT_TOP: Final = tuple(
    name
    for name in (*TOTALS, *PARTS, *CONTAINERS, "grounding_tool_count")
    if name not in {RESPONSES.prompt, RESPONSES.completion}
)

# What to change of a protocol's placement: nothing first, then as little as possible.
_CHANGES: Final = [set(some) for n in range(4) for some in combinations(range(3), n)]


@dataclass(frozen=True, slots=True)
class Usage:
    """What a usage object says.

    `quantities`: disjoint, in millionths, without zeros. `web_searches`: in millionths, None if it
    tells none. `unknown`: a name in it is in no list. `mismatch`: its total fits no placement of
    the parts. `faults`: the fields that were left out, with the reason.
    """

    quantities: dict[str, int]
    web_searches: int | None
    unknown: bool
    mismatch: bool
    faults: tuple[tuple[str, str], ...]


class _NoQuantity(ValueError):
    """A value is no quantity; the argument is the reason."""


class _Reading:
    """What the fields of a usage object hold, by name or type."""

    def __init__(self) -> None:
        self.totals: dict[str, int] = {}
        self.parts: dict[str, int] = {}
        self.searches: dict[str, int] = {}
        self.unknown = False
        self.faults: list[tuple[str, str]] = []

    def read(self, path: str, name: str, value: Any) -> None:
        """Take one field, which is no container."""
        part = PARTS.get(name)
        try:
            if part is not None:
                self.parts[part] = max(self.parts.get(part, 0), _quantity(value))
            elif name in SEARCHES:
                self.searches.setdefault(name, _searches(value))
            elif path == name and name in TOTALS:
                self.totals[name] = _quantity(value)
            elif name not in IGNORED:
                self.unknown = True
        except _NoQuantity as fault:
            self.faults.append((path, str(fault)))

    def fail(self, path: str, fault: Fault) -> None:
        """Note a field that is left out."""
        self.faults.append((path, fault.value))


def usage_of(given: Mapping[str, Any], api: str | None) -> Usage:
    """Return what a usage object says; raises nothing.

    `given`: decoded JSON with exact numbers, of a usage object, or of a record's `NAMES_AT_TOP`
    with its `input_tokens` and `output_tokens`: both are read alike, as totals unless a name of
    the Messages protocol stands beside them. `api`: the request's protocol, if known.
    """
    reading = _Reading()
    for path, name, value in _fields(given, reading):
        reading.read(path, name, value)
    protocol = _protocol_of(given, reading.totals)
    beside = protocol.beside
    if api is not None and api.strip().lower() == MESSAGES_API and not any(beside):
        beside = CACHE_BESIDE
    quantities, mismatch = _split(protocol, beside, reading)
    searches = next((reading.searches[n] for n in SEARCHES if n in reading.searches), None)
    return Usage(quantities, searches, reading.unknown, mismatch, tuple(reading.faults))


def _fields(given: Mapping[str, Any], reading: _Reading) -> Iterator[tuple[str, str, Any]]:
    """Yield the path, name and value of all fields that are present."""
    for name, value in given.items():
        if value is None:
            continue
        if name not in CONTAINERS:
            yield name, name, value
        elif isinstance(value, dict):
            for inner, one in value.items():
                if one is not None:
                    yield f"{name}.{inner}", inner, one
        else:
            reading.fail(name, Fault.bad_type)


def _protocol_of(given: Mapping[str, Any], totals: dict[str, int]) -> Protocol:
    """Return the protocol whose names hold the totals; some gateways add another's as zeros."""
    used = [one for one in PROTOCOLS if totals.get(one.prompt) or totals.get(one.completion)]
    named = [one for one in PROTOCOLS if one.prompt in totals or one.completion in totals]
    found = (*used, *named, CHAT)[0]
    is_messages = any(given.get(mark) is not None for mark in MARKS_OF_MESSAGES)
    return MESSAGES if found is RESPONSES and is_messages else found


def _totals_of(protocol: Protocol, totals: dict[str, int]) -> tuple[int, int, int | None]:
    """Return prompt, completion and total by a protocol's names, else by another's."""

    def first(name: str) -> int | None:
        names = (getattr(one, name) for one in (protocol, *PROTOCOLS))
        return next((totals[one] for one in names if one in totals), None)

    return first("prompt") or 0, first("completion") or 0, first("total")


def _split(protocol: Protocol, beside: Placement, reading: _Reading) -> tuple[dict[str, int], bool]:
    """Return the disjoint types, and whether the total fits no placement of the parts."""
    prompt, completion, total = _totals_of(protocol, reading.totals)
    types = {code: number for code, number in reading.parts.items() if number}
    tool_use = types.pop(TOOL_USE, 0)
    if "input_cache_write" in types:
        take_out_parts(types)
    cache = sum(types.get(code, 0) for code in CACHE)
    reasoning = types.get("internal_reasoning", 0)
    parts = (cache, reasoning, tool_use)
    chosen, fits = _choose(beside, (prompt, completion, prompt), parts, total)
    if not chosen[0]:
        prompt -= cache
    if not chosen[1]:
        completion -= reasoning
    if chosen[2]:
        prompt += tool_use
    split = {"prompt": prompt, "completion": completion, **types}
    return {code: number for code, number in split.items() if number}, not fits


def _choose(
    own: Placement, parents: tuple[int, int, int], parts: tuple[int, int, int], total: int | None
) -> tuple[Placement, bool]:
    """Return where the parts stand, and False if the total does not confirm it.

    A part that is larger than its parent can't be inside it, whatever the protocol says.
    """
    possible = [
        placement
        for placement in _near(own)
        if all(
            out or part <= parent
            for out, part, parent in zip(placement, parts, parents, strict=True)
        )
    ]
    if total is None:
        return possible[0], True
    base = parents[0] + parents[1]
    for placement in possible:
        if base + sum(part for out, part in zip(placement, parts, strict=True) if out) == total:
            return placement, True
    return possible[0], False


def _near(own: Placement) -> Iterator[Placement]:
    """Yield all placements, the own one first and the most different last."""
    for change in _CHANGES:
        cache, reasoning, tool_use = (out != (at in change) for at, out in enumerate(own))
        yield cache, reasoning, tool_use


def _quantity(value: Any) -> int:
    """Return a JSON number or numeric string in millionths."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise _NoQuantity(Fault.bad_type.value)
    try:
        number = literal(value) if isinstance(value, str) else Decimal(value)
    except InvalidOperation:
        raise _NoQuantity(Fault.bad_number.value) from None
    if not number.is_finite() or not 0 <= number <= MAX_COUNT:
        raise _NoQuantity(Fault.bad_number.value)
    return to_integer(number, QUANTITY_PLACES)


def _searches(value: Any) -> int:
    """Return a number of web searches; Interactions list the calls of each grounding tool."""
    if not isinstance(value, list):
        return _quantity(value)
    of_web = [one for one in value if isinstance(one, dict) and one.get("type") == WEB_SEARCH_TOOL]
    return sum(_quantity(one["count"]) for one in of_web if one.get("count") is not None)
