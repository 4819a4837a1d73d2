"""Parse pushed ids, and decide which to request."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ..errors import Reason
from ..receipts import ERRORS_KEPT, Receipt
from ..sources import Body
from .wanted import Wanted, is_counted, merged, wanted

NO_ID = "no_id"

_Find = Callable[[str], Wanted | None]


@dataclass(frozen=True, slots=True)
class Received:
    """The ids of a body, and the errors of its other lines with their line numbers."""

    ids: tuple[Wanted, ...]
    rejected: int
    errors: tuple[tuple[int, str], ...]


@dataclass(slots=True)
class Sorted:
    """The ids of a body to keep: `fresh` ones to request, `later` ones that add to known ids."""

    fresh: dict[str, Wanted] = field(default_factory=dict)
    later: list[Wanted] = field(default_factory=list)
    results: dict[str, int] = field(default_factory=dict)
    has_counted: bool = False  # whether an id was skipped because its request is counted

    def take(self, one: Wanted, find: _Find, flags: Callable[[str], int]) -> None:
        """Sort an id; `find` returns what is known about an open one, `flags` what is counted."""
        known = self.fresh.get(one.id) or find(one.id)
        if known is None and is_counted(one, flags(one.id)):
            self.has_counted = True
            result = "duplicate"
        elif known is None:
            self.fresh[one.id] = one
            result = "accepted"
        elif set(one.own) <= set(known.own):
            result = "duplicate"
        else:
            self._fill_in(one)
            result = "amended"
        self.results[result] = self.results.get(result, 0) + 1

    def _fill_in(self, one: Wanted) -> None:
        if one.id in self.fresh:
            self.fresh[one.id] = merged(self.fresh[one.id], one)
        else:
            self.later.append(one)


def received(body: Body) -> Received:
    """Parse the lines of a body; a large one takes some tenths of a second."""
    block = body.block
    found, bad = [], []
    for line, start in zip(block.lines, block.starts, strict=True):
        one = wanted(line)
        if one is not None:
            found.append(one)
        elif line.strip():
            bad.append(start)
    errors = [(number, NO_ID) for number in body.numbered(bad[:ERRORS_KEPT])]
    errors += [(number, Reason.line_too_long.value) for _, number in body.too_long]
    kept = tuple(sorted(errors)[:ERRORS_KEPT])
    return Received(tuple(found), len(bad) + block.too_long, kept)


def receipt_of(one: Received, results: Iterable[tuple[str, int]]) -> Receipt:
    """Return the receipt for the client."""
    return Receipt(
        is_done=True, results={**dict(results), "invalid": one.rejected}, errors=one.errors
    )
