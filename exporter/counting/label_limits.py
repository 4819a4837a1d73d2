"""Limit the values of a label: configured names, lists and a number of values.

First come, first served in commit order. What comes too late is `other`, and stays it.
"""

from collections.abc import Iterable, Mapping
from typing import Final, final

from ..config import LabelRule
from ..values.labels import OTHER, UNKNOWN, clean

# What is kept of raw values that fold: some megabytes at most.
_FOLDED_KEPT: Final = 1 << 14
_FOLDED_LENGTH: Final = 256


@final
class LabelLimiter:
    """The values of one label; `admitted` collects (label, value) of those that are new."""

    def __init__(
        self,
        label: str,
        rule: LabelRule,
        names: Mapping[str, str],
        admitted: list[tuple[str, str]],
    ) -> None:
        """`names`: raw or shown value -> configured name; configured names are never folded."""
        self.label = label
        self._values: set[str] = set()
        # Raw value -> label value of those that are not folded; `resolve` knows the others.
        self.known: dict[str | None, str] = {}
        self._folded: set[str | None] = set()  # raw values whose labels came too late
        self._admitted = admitted
        self.configure(rule, names)

    def configure(self, rule: LabelRule, names: Mapping[str, str]) -> None:
        """Take a rule and names; what was admitted stays admitted."""
        self._rule = rule
        self._names: dict[str, str] = {**rule.display, **names}
        self._configured = frozenset(self._names.values()) | rule.allow
        self.known.clear()
        self._folded.clear()

    def restore(self, value: str) -> None:
        """Take back a value that was admitted before a restart."""
        self._values.add(value)

    def overflow(self, value: str) -> str:
        """Return the value under which what is beyond a limit counts: configured names stay."""
        return value if value in self._configured else OTHER

    def resolve(self, raw: str | None) -> str:
        """Return the label value to count under; `other` if the value is folded."""
        known = self.known.get(raw)
        if known is not None:
            return known
        if raw in self._folded:
            return OTHER
        value = self._admit(raw)
        if value != OTHER:
            # Different spellings of one value are few; a flood of them must not fill the memory.
            if len(self.known) > 4 * self._rule.limit + 64:
                self.known.clear()
            self.known[raw] = value
        elif raw is not None and len(raw) <= _FOLDED_LENGTH and self.shown(raw) != OTHER:
            if len(self._folded) >= _FOLDED_KEPT:
                self._folded.clear()
            self._folded.add(raw)
        return value

    def folds(self, raw: str | None) -> bool:
        """Return True if a value that resolves to `other` is another one."""
        return raw in self._folded or self.shown(raw) != OTHER

    def shown(self, raw: str | None) -> str:
        """Return the label value without any folding."""
        cleaned = clean(raw)
        if raw is not None:
            cleaned = self._names.get(raw.strip(), self._names.get(cleaned, cleaned))
        return cleaned

    def contradicts(self, raw: str | None, counted: str) -> bool:
        """Return True if a raw value is certainly another one than that of a counted label.

        What is absent or folded on either side tells nothing, and neither does a counted name that
        the configuration has dropped since. Nothing is admitted.
        """
        if counted in (OTHER, UNKNOWN) or self.known.get(raw) == counted:
            return False
        if counted not in self._values and counted not in self._configured:
            return False
        # A name may have been given to the value since it was counted.
        return {clean(raw), self.shown(raw)}.isdisjoint((UNKNOWN, counted))

    def _admit(self, raw: str | None) -> str:
        value = self.shown(raw)
        rule = self._rule
        if value in self._configured or value in self._values or value == OTHER:
            return OTHER if value in rule.deny else value
        if value in rule.deny or rule.allow or len(self._values) >= rule.limit:
            return OTHER
        self._values.add(value)
        self._admitted.append((self.label, value))
        return value


def restore_all(limiters: Mapping[str, LabelLimiter], admitted: Iterable[tuple[str, str]]) -> None:
    """Take back the values that were admitted before a restart."""
    for label, value in admitted:
        limiters[label].restore(value)
