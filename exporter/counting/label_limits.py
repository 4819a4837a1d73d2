"""Limit the values of a label by configured names, lists and a number of values.

First come, first served in commit order. A value beyond the limit becomes `other` and stays so.
"""

import fnmatch
import hmac
import re
from collections.abc import Iterable, Mapping
from typing import Final, final

from ..config import LabelRule
from ..values.labels import OTHER, UNKNOWN, clean

# Limits for caches of raw values: some megabytes at most.
FOLDED_KEPT: Final = 1 << 14
KEPT_LENGTH: Final = 256
_NOTHING: Final = re.compile(r"(?!)")


@final
class LabelLimiter:
    """Limiter of one label's values; `admitted` collects (label, value) of new ones."""

    def __init__(
        self,
        label: str,
        rule: LabelRule,
        names: Mapping[str, str],
        admitted: list[tuple[str, str]],
        hash_key: bytes = b"",
    ) -> None:
        """`names`: raw or shown value -> configured name; configured names are never folded.

        `hash_key`: the secret for a rule that shows hashes.
        """
        self.label = label
        self._values: set[str] = set()
        # Raw value -> label value of values that don't overflow; `resolve` handles the others.
        self.known: dict[str | None, str] = {}
        self._folded: set[str | None] = set()  # raw values beyond the limit
        self._admitted = admitted
        self.configure(rule, names, hash_key)

    def configure(self, rule: LabelRule, names: Mapping[str, str], hash_key: bytes = b"") -> None:
        """Use a rule and names; admitted values stay admitted."""
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
        """Restore a value that was admitted before a restart."""
        self._values.add(value)

    def overflow(self, value: str) -> str:
        """Return the value to count under beyond a limit: `other`, except for configured names."""
        return value if value in self._configured else OTHER

    def resolve(self, raw: str | None) -> str:
        """Return the label value to count under; `other` if the value overflows."""
        known = self.known.get(raw)
        if known is not None:
            return known
        if raw in self._folded:
            return OTHER
        value = self._admit(raw)
        if raw is not None and len(raw) > KEPT_LENGTH:
            return value
        if value != OTHER:
            # A value usually has few spellings, but a flood of them must not fill memory.
            if len(self.known) > 4 * self._rule.limit + 64:
                self.known.clear()
            self.known[raw] = value
        elif raw is not None and self.shown(raw) != OTHER:
            if len(self._folded) >= FOLDED_KEPT:
                self._folded.clear()
            self._folded.add(raw)
        return value

    def folds(self, raw: str | None) -> bool:
        """Return True if a value that resolves to `other` overflowed, rather than being `other`."""
        return raw in self._folded or self.shown(raw) != OTHER

    def shown(self, raw: str | None) -> str:
        """Return the label value regardless of limits and lists."""
        cleaned = clean(raw)
        if raw is None:
            return cleaned
        name = self._names.get(raw.strip(), self._names.get(cleaned, ""))
        if name:
            return name
        return self._hashed(raw) if self._rule.form == "hash" and cleaned != UNKNOWN else cleaned

    def unlimited(self, raw: str | None) -> str:
        """Return the label value regardless of the limit; `other` if the lists hide it."""
        value = self.shown(raw)
        return OTHER if self._is_hidden(raw, value) else value

    def contradicts(self, raw: str | None, counted: str) -> bool:
        """Return True if a raw value certainly differs from a counted label value.

        A missing or `other` value on either side is not a contradiction, nor is a counted name that
        the configuration no longer has. Admits no value.
        """
        if counted in (OTHER, UNKNOWN) or self.known.get(raw) == counted:
            return False
        if counted not in self._values and counted not in self._configured:
            return False
        # The value may have been given a name since it was counted.
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
        """Return True if the lists hide a value; exact values in a list precede patterns."""
        rule = self._rule
        if not rule.allow and not rule.deny:
            return False
        # Lists name raw values of hashed labels, since nobody knows a hash before it is shown.
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
    """Return an expression for the patterns of a list, such as `openai/*`."""
    found = [fnmatch.translate(one) for one in sorted(patterns) if not {*"*?["}.isdisjoint(one)]
    return re.compile("|".join(found)) if found else _NOTHING


def restore_all(limiters: Mapping[str, LabelLimiter], admitted: Iterable[tuple[str, str]]) -> None:
    """Restore the values that were admitted before a restart."""
    for label, value in admitted:
        limiters[label].restore(value)
