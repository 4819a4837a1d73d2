"""Split usage in any protocol's words into disjoint token types.

Protocols disagree on what their totals include: cache reads and writes, reasoning and tool-use
prompts are inside the prompt or completion, or beside it. The total of a record decides; without a
total, the protocol does.

Source: docs/counting.md, "Tokens".
"""

from collections.abc import Mapping
from itertools import combinations, product
from typing import Any, Final, NamedTuple, final

from ..errors import Fault, FieldError
from ..values.fixed_point import MAX_COUNT, MICRO, QUANTITY_PLACES, number_within, to_integer
from .protocols import (
    CACHE,
    CACHE_BESIDE,
    CHAT,
    CONTAINERS,
    GROUNDING,
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

# Names that are usage at the top of a record, without an object around them. `input_tokens` and
# `output_tokens` are not among them: every native record may have them.
NAMES_AT_TOP: Final = tuple(
    sorted(
        (TOTALS - {RESPONSES.prompt, RESPONSES.completion}) | set(PARTS) | CONTAINERS | {GROUNDING}
    )
)


def _by_changes(own: Placement) -> list[Placement]:
    """Return all placements, `own` first, then by the number of changes, the cache's first."""
    changes = [set(some) for number in range(4) for some in combinations(range(3), number)]
    return [(own[0] != (0 in c), own[1] != (1 in c), own[2] != (2 in c)) for c in changes]


_PLACEMENTS: Final = {
    (cache, reasoning, tool_use): _by_changes((cache, reasoning, tool_use))
    for cache, reasoning, tool_use in product((False, True), repeat=3)
}


class Usage(NamedTuple):
    """The content of a usage object.

    `quantities`: disjoint, in millionths, without zeros. `web_searches`: in millionths, None if it
    has none. `unknown`: it has a name that no list has. `mismatch`: its total fits no placement of
    the parts. `faults`: the ignored fields with the reason.
    """

    quantities: dict[str, int]
    web_searches: int | None
    unknown: bool
    mismatch: bool
    faults: tuple[tuple[str, str], ...]


@final
class _Fields:
    """The fields of a usage object, in millionths: totals by name, parts by type."""

    __slots__ = ("faults", "parts", "searches", "totals", "unknown")

    def __init__(self) -> None:
        self.totals: dict[str, int] = {}
        self.parts: dict[str, int] = {}
        self.searches: dict[str, int] = {}
        self.unknown = False
        self.faults: tuple[tuple[str, str], ...] = ()

    def read(self, given: Mapping[str, Any], container: str) -> None:
        """Read an object: the usage itself, or a container inside it, by its name."""
        for name, value in given.items():
            if value is None:
                continue
            part = PARTS.get(name)
            if part is not None:
                number = self._number(container, name, value)
                if number > self.parts.get(part, 0):
                    self.parts[part] = number
            elif name in SEARCHES:
                number = self._number(container, name, value)
                if number >= 0 and name not in self.searches:
                    self.searches[name] = number
            elif container:
                self.unknown |= name not in IGNORED
            else:
                self._read_outer(name, value)

    def _read_outer(self, name: str, value: Any) -> None:
        if name in TOTALS:
            number = self._number("", name, value)
            if number >= 0:
                self.totals[name] = number
        elif name not in CONTAINERS:
            self.unknown |= name not in IGNORED
        elif isinstance(value, dict):
            self.read(value, name)
        else:
            self.faults += ((name, Fault.bad_type.value),)

    def _number(self, container: str, name: str, value: Any) -> int:
        """Return a quantity; -1 if it is invalid, which is recorded as a fault."""
        try:
            if name == GROUNDING and isinstance(value, list):
                return _searches(value)
            return _quantity(value)
        except FieldError as error:
            path = f"{container}.{name}" if container else name
            self.faults += ((path, error.fault.value),)
            return -1


def usage_of(given: Mapping[str, Any], api: str | None) -> Usage:
    """Return the content of a usage object; never raises, whatever it holds.

    `given`: decoded JSON with exact numbers, of a usage object, or of a record's `NAMES_AT_TOP`
    with its `input_tokens` and `output_tokens`. Both are read alike, as totals unless a name of the
    Messages protocol is beside them. `api`: the request's protocol, if known.
    """
    fields = _Fields()
    fields.read(given, "")
    protocol = _protocol_of(given, fields.totals)
    beside = protocol.beside
    if api is not None and api.strip().lower() == MESSAGES_API and not any(beside):
        beside = CACHE_BESIDE
    quantities, fits = _split(protocol, beside, fields)
    searches: int | None = None
    for name in SEARCHES:
        searches = fields.searches.get(name)
        if searches is not None:
            break
    return Usage(quantities, searches, fields.unknown, not fits, fields.faults)


def _protocol_of(given: Mapping[str, Any], totals: dict[str, int]) -> Protocol:
    """Return the protocol whose names hold the totals; some gateways add another's zeros."""
    found: Protocol | None = None
    for one in PROTOCOLS:
        if totals.get(one.prompt) or totals.get(one.completion):
            found = one
            break
        if found is None and (one.prompt in totals or one.completion in totals):
            found = one
    if found is RESPONSES and any(given.get(mark) is not None for mark in MARKS_OF_MESSAGES):
        return MESSAGES
    return CHAT if found is None else found


def _totals_of(protocol: Protocol, totals: dict[str, int]) -> tuple[int, int, int | None]:
    """Return prompt, completion and total by a protocol's names, else by those of others."""
    prompt, completion = totals.get(protocol.prompt), totals.get(protocol.completion)
    total = totals.get(protocol.total)
    for other in PROTOCOLS:
        if prompt is None:
            prompt = totals.get(other.prompt)
        if completion is None:
            completion = totals.get(other.completion)
        if total is None:
            total = totals.get(other.total)
    return prompt or 0, completion or 0, total


def _split(protocol: Protocol, beside: Placement, fields: _Fields) -> tuple[dict[str, int], bool]:
    """Return the disjoint types, and False if the total fits no placement of the parts."""
    prompt, completion, total = _totals_of(protocol, fields.totals)
    parts = fields.parts
    if "input_cache_write" in parts:
        take_out_parts(parts)
    cache = 0
    for code in CACHE:
        cache += parts.get(code, 0)
    reasoning, tool_use = parts.get("internal_reasoning", 0), parts.get(TOOL_USE, 0)
    sizes = (cache, reasoning, tool_use)
    chosen, fits = _choose(beside, (prompt, completion, prompt), sizes, total)
    if not chosen[0]:
        prompt -= cache
    if not chosen[1]:
        completion -= reasoning
    if chosen[2]:
        prompt += tool_use
    types = {"prompt": prompt}
    for code in CACHE:
        types[code] = parts.get(code, 0)
    types["completion"] = completion
    types["internal_reasoning"] = reasoning
    return {code: number for code, number in types.items() if number}, fits


def _choose(
    own: Placement, parents: tuple[int, int, int], parts: tuple[int, int, int], total: int | None
) -> tuple[Placement, bool]:
    """Return the placement of the parts, and False if the total does not confirm it.

    A part that is larger than its parent can't be inside it, whatever the protocol says.
    """
    first: Placement | None = None
    for placement in _PLACEMENTS[own]:
        found = parents[0] + parents[1]
        possible = True
        for at in range(3):
            if placement[at]:
                found += parts[at]
            elif parts[at] > parents[at]:
                possible = False
        if possible:
            if total is None or found == total:
                return placement, True
            first = first or placement
    return first or own, False


def _quantity(value: Any) -> int:
    """Return a JSON number or numeric string in millionths; raises `FieldError`."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_COUNT:
        return value * MICRO
    return to_integer(number_within(value, MAX_COUNT), QUANTITY_PLACES)


def _searches(calls: list[Any]) -> int:
    """Return the web searches in an interaction's list of calls by grounding tool."""
    total = 0
    for one in calls:
        if isinstance(one, dict) and one.get("type") == WEB_SEARCH_TOOL:
            count = one.get("count")
            if count is not None:
                total += _quantity(count)
    return total
