"""Limit the values of a label: configured names, lists and a number of values.

First come, first served in commit order. What comes too late is `other`, and stays it.
"""

import fnmatch
import hmac
import re
from collections.abc import Iterable, Mapping
from typing import Final, final

from ..config import LabelRule
from ..values.labels import OTHER, UNKNOWN, clean

# What is kept of raw values: some megabytes at most.
FOLDED_KEPT: Final = 1 << 14
KEPT_LENGTH: Final = 256
_NOTHING: Final = re.compile(r"(?!)")


@final
class LabelLimiter:
    """The values of one label; `admitted` collects (label, value) of those that are new."""

    def __init__(
        self,
        label: str,
        rule: LabelRule,
        names: Mapping[str, str],
        admitted: list[tuple[str, str]],
        hash_key: bytes = b"",
    ) -> None:
        """`names`: raw or shown value -> configured name; configured names are never folded.

        `hash_key`: the secret of the hashes, for a rule that shows some.
        """
        self.label = label
        self._values: set[str] = set()
        # Raw value -> label value of those that are not folded; `resolve` knows the others.
        self.known: dict[str | None, str] = {}
        self._folded: set[str | None] = set()  # raw values whose labels came too late
        self._admitted = admitted
        self.configure(rule, names, hash_key)

    def configure(self, rule: LabelRule, names: Mapping[str, str], hash_key: bytes = b"") -> None:
        """Take a rule and names; what was admitted stays admitted."""
        self._rule = rule
        self._hash_key = hash_key
        self._names: dict[str, str] = {**rule.display, **names}
        if rule.form == "id":
            self._names = {identity: clean(identity) for identity in self._names}
        self._configured = frozenset(self._names.values()) | rule.allow
        self._denied = _matching(rule.deny)
        self._allowed = _matching(rule.allow)
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
        if raw is not None and len(raw) > KEPT_LENGTH:
            return value
        if value != OTHER:
            # Different spellings of one value are few; a flood of them must not fill the memory.
            if len(self.known) > 4 * self._rule.limit + 64:
                self.known.clear()
            self.known[raw] = value
        elif raw is not None and self.shown(raw) != OTHER:
            if len(self._folded) >= FOLDED_KEPT:
                self._folded.clear()
            self._folded.add(raw)
        return value

    def folds(self, raw: str | None) -> bool:
        """Return True if a value that resolves to `other` is another one."""
        return raw in self._folded or self.shown(raw) != OTHER

    def shown(self, raw: str | None) -> str:
        """Return the label value without any folding."""
        cleaned = clean(raw)
        if raw is None:
            return cleaned
        name = self._names.get(raw.strip(), self._names.get(cleaned, ""))
        if name:
            return name
        return self._hashed(raw) if self._rule.form == "hash" and cleaned != UNKNOWN else cleaned

    def unlimited(self, raw: str | None) -> str:
        """Return the label value without the limit: `other` if the lists hide it."""
        value = self.shown(raw)
        return OTHER if self._is_hidden(raw, value) else value

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
        if value == OTHER or self._is_hidden(raw, value):
            return OTHER
        if value in self._configured or value in self._values:
            return value
        if len(self._values) >= self._rule.limit:
            return OTHER
        self._values.add(value)
        self._admitted.append((self.label, value))
        return value

    def _is_hidden(self, raw: str | None, value: str) -> bool:
        """Return True if the lists fold a value: a value in a list comes before any pattern."""
        rule = self._rule
        if not rule.allow and not rule.deny:
            return False
        # Nobody can list a hash before it is there.
        listed = clean(raw) if rule.form == "hash" and value not in self._configured else value
        if value in rule.deny or listed in rule.deny:
            return True
        if value in self._configured or listed in rule.allow:
            return False
        if self._denied.fullmatch(listed) is not None:
            return True
        return bool(rule.allow) and self._allowed.fullmatch(listed) is None

    def _hashed(self, raw: str) -> str:
        text = raw.strip().encode(errors="surrogatepass")
        return "hmac:" + hmac.digest(self._hash_key, text, "sha256").hex()[:12]


def _matching(patterns: Iterable[str]) -> re.Pattern[str]:
    """Return what matches the values of a list's patterns, such as `openai/*`."""
    found = [fnmatch.translate(one) for one in sorted(patterns) if not {*"*?["}.isdisjoint(one)]
    return re.compile("|".join(found)) if found else _NOTHING


def restore_all(limiters: Mapping[str, LabelLimiter], admitted: Iterable[tuple[str, str]]) -> None:
    """Take back the values that were admitted before a restart."""
    for label, value in admitted:
        limiters[label].restore(value)
