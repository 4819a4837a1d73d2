"""Label spaces: raw values in, bounded sets of label values out (names, lists and limits).

First come, first served in commit order; what comes too late is `other`, and stays it.
"""

from collections.abc import Callable, Iterable, Mapping

from ..config import LabelRule
from ..labels import OTHER, clean

# What is kept of raw values that fold: some megabytes at most.
_FOLDED_KEPT = 1 << 14
_FOLDED_LENGTH = 256


class LabelSpace:
    """The values of one label."""

    def __init__(
        self,
        label: str,
        rule: LabelRule,
        names: Mapping[str, str] | None = None,
        on_admit: Callable[[str, str], None] | None = None,
    ) -> None:
        """`names`: raw or shown value -> configured name; configured names are never folded."""
        self.label = label
        self._admitted: set[str] = set()
        # Raw value -> label value of those that are not folded; `resolve` knows the others.
        self.known: dict[str | None, str] = {}
        self._folded: set[str] = set()  # raw values whose labels came too late
        self._on_admit = on_admit or (lambda _label, _value: None)
        self.configure(rule, names)

    def configure(self, rule: LabelRule, names: Mapping[str, str] | None = None) -> None:
        """Take a rule and names; what was admitted stays admitted."""
        self._rule = rule
        self._names = {**rule.display, **(names or {})}
        self._configured = frozenset(self._names.values()) | rule.allow
        self.known.clear()
        self._folded.clear()

    def restore(self, values: Iterable[str]) -> None:
        """Take back values that were admitted before a restart."""
        self._admitted.update(values)

    def is_configured(self, value: str) -> bool:
        """Whether a label value was named in the configuration."""
        return value in self._configured

    def resolve(self, raw: str | None) -> str:
        """The label value to count under; `other` where the value is folded."""
        value = self.known.get(raw)
        if value is not None:
            return value
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
        """Whether a value that resolves to `other` is another one."""
        return raw in self._folded or self.shown(raw) != OTHER

    def shown(self, raw: str | None) -> str:
        """The label value without any folding."""
        cleaned = clean(raw)
        if raw is not None:
            cleaned = self._names.get(raw.strip(), self._names.get(cleaned, cleaned))
        return cleaned

    def _admit(self, raw: str | None) -> str:
        value = self.shown(raw)
        rule = self._rule
        if value in self._configured or value in self._admitted or value == OTHER:
            return OTHER if value in rule.deny else value
        if value in rule.deny or rule.allow or len(self._admitted) >= rule.limit:
            return OTHER
        self._admitted.add(value)
        self._on_admit(self.label, value)
        return value
