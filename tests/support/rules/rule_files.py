"""Parse the shipped rule files: the rules, their selectors and dependencies."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import promql_parser
import yaml

from places import ROOT

FOLDER = ROOT / "prometheus" / "rules"
_INNER = ("expr", "lhs", "rhs", "param", "vector_selector")


@dataclass(frozen=True, slots=True)
class Rule:
    """A recording rule or an alert."""

    file: str
    name: str
    is_alert: bool
    text: str
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict)

    @property
    def window(self) -> str:
        """Return the label `window`, which differs between alerts of one name."""
        return self.labels.get("window", "")

    @property
    def queried(self) -> list[str]:
        """Return the queries in its annotations."""
        return re.findall(r"query [\"`](.+?)[\"`] }}", " ".join(self.annotations.values()))


@dataclass(frozen=True, slots=True)
class Selector:
    """A selector in an expression: its metric (or a pattern), labels, range and offset."""

    name: str
    labels: tuple[str, ...]
    seconds: float | None


@cache
def rules() -> tuple[Rule, ...]:
    """Return all shipped rules, in order of files and groups."""
    return tuple(
        Rule(
            path.name,
            raw.get("alert") or raw["record"],
            "alert" in raw,
            str(raw["expr"]),
            raw.get("labels", {}),
            raw.get("annotations", {}),
            raw,
        )
        for path in sorted(FOLDER.glob("*.yml"))
        for group in yaml.safe_load(path.read_text())["groups"]
        for raw in group["rules"]
    )


def alerts() -> list[Rule]:
    """Return all alerts."""
    return [rule for rule in rules() if rule.is_alert]


def recorded() -> dict[str, list[Rule]]:
    """Return the recording rules by name."""
    names: dict[str, list[Rule]] = {}
    for rule in rules():
        if not rule.is_alert:
            names.setdefault(rule.name, []).append(rule)
    return names


def walk(node: Any) -> Iterator[Any]:
    """Yield a parsed expression and all expressions in it."""
    yield node
    for name in _INNER:
        inner = getattr(node, name, None)
        if inner is not None and not isinstance(inner, str):
            yield from walk(inner)
    for argument in getattr(node, "args", None) or ():
        yield from walk(argument)


def selectors(text: str) -> Iterator[Selector]:
    """Yield the selectors of an expression."""
    ranges = {}
    for node in walk(promql_parser.parse(text)):
        if isinstance(node, promql_parser.MatrixSelector):
            ranges[id(node.vector_selector)] = node.range.total_seconds()
            yield _selector(node.vector_selector, node.range.total_seconds())
        elif isinstance(node, promql_parser.VectorSelector) and id(node) not in ranges:
            yield _selector(node, None)


def _selector(node: Any, seconds: float | None) -> Selector:
    labels = tuple(matcher.name for matcher in node.matchers.matchers)
    return Selector(node.name or "", labels, seconds)


def needed(rule: Rule) -> list[Rule]:
    """Return the recording rules that a rule depends on, directly or not, in evaluation order."""
    names = recorded()
    found: dict[str, None] = {}
    texts = [rule.text, *rule.queried]
    while texts:
        for selector in selectors(texts.pop()):
            if selector.name in names and selector.name not in found:
                found[selector.name] = None
                texts += [one.text for one in names[selector.name]]
    return sorted((one for name in found for one in names[name]), key=_place)


def _place(rule: Rule) -> tuple[bool, int]:
    # Thresholds are last in order of files, but recording rules use them.
    return (not rule.name.startswith("zenmux:"), rules().index(rule))
