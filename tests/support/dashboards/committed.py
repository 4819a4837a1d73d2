"""The committed dashboards: panels, queries, variables, and the selectors of each query."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import promql_parser

from places import ROOT

FOLDER = ROOT / "grafana" / "dashboards"

# Grafana's values for a range of seven days: bars of two hours, a scrape every 30 seconds.
MACROS = {
    "$__rate_interval": "7230s",
    "$__interval": "7200s",
    "$__range_s": "604800",
    "$__range": "604800s",
    "$__to": "1795413600",
}
# Only a name in braces may have a format: `[$__range:5m]` is a subquery.
_REFERENCE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::[\w:]+)?\})")


@dataclass(frozen=True, slots=True)
class Selector:
    """A selector in a query: metric, matchers, surrounding functions, offset."""

    name: str
    matchers: tuple[tuple[str, str, str], ...]
    functions: tuple[str, ...]
    offset: bool


@dataclass(frozen=True, slots=True)
class Query:
    """One target of a panel."""

    panel: dict[str, Any]
    target: dict[str, Any]

    @property
    def text(self) -> str:
        """Return the expression as committed."""
        return str(self.target["expr"])

    @property
    def title(self) -> str:
        """Return the panel's title; a strip has the title of the tile above it as its legend."""
        return str(self.target["legendFormat"] if is_strip(self.panel) else self.panel["title"])

    @property
    def place(self) -> str:
        """Return a description for failure messages."""
        return f"{self.title}: {self.text}"


def load() -> dict[str, dict[str, Any]]:
    """Return the committed dashboards by file name."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}


def panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all panels except row headings, including those of collapsed rows."""
    nested = [inner for panel in board["panels"] for inner in panel.get("panels", [])]
    return [panel for panel in [*board["panels"], *nested] if panel["type"] != "row"]


def is_strip(panel: dict[str, Any]) -> bool:
    """Return True for the bars below a main figure."""
    return bool(panel.get("transparent"))


def queries(board: dict[str, Any]) -> list[Query]:
    """Return every query of a dashboard."""
    return [Query(panel, target) for panel in panels(board) for target in panel["targets"]]


def variables(board: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the variables of a dashboard, by name, in order."""
    return {variable["name"]: variable for variable in board["templating"]["list"]}


def references(text: str) -> set[str]:
    """Return the names of the variables and macros that a text refers to."""
    return {match[1] or match[2] for match in _REFERENCE.finditer(text)}


def expand(text: str, values: Mapping[str, str] | None = None) -> str:
    """Interpolate macros and variables; a variable without a value becomes `.*`."""
    known = {**MACROS, **(values or {})}

    def value(match: re.Match[str]) -> str:
        name = _name(match)
        return known[name] if name in known or name.startswith("$__") else ".*"

    return _REFERENCE.sub(value, text)


def _name(reference: re.Match[str]) -> str:
    return f"${reference[1] or reference[2]}"


def parse(text: str) -> promql_parser.Expr:
    """Return the syntax tree of an interpolated expression."""
    return promql_parser.parse(expand(text))


def selectors(text: str) -> Iterator[Selector]:
    """Yield the selectors of an expression, with variables in matchers as written."""
    # Variables are inside quotes, so they parse as they are; only macros need a value.
    text = _REFERENCE.sub(lambda match: MACROS.get(_name(match), match[0]), text)
    around: list[promql_parser.Expr] = []
    found: list[Selector] = []

    def enter(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.VectorSelector):
            found.append(_selector(node, around))
        around.append(node)

    def leave(_: promql_parser.Expr) -> None:
        around.pop()

    promql_parser.walk(promql_parser.parse(text), enter, leave)
    yield from found


def kept_labels(text: str) -> set[str]:
    """Return the labels of all `by (...)` clauses of an expression."""
    labels: set[str] = set()

    def enter(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier:
            labels.update(node.modifier.labels)

    promql_parser.walk(parse(text), enter)
    return labels


def _selector(node: promql_parser.VectorSelector, around: list[promql_parser.Expr]) -> Selector:
    matchers = tuple(
        # The parser's operators are not hashable, but their text is.
        (m.name, str(m).removeprefix(m.name).partition('"')[0], m.value)
        for m in node.matchers.matchers
    )
    calls = tuple(n.func.name for n in around if isinstance(n, promql_parser.Call))
    return Selector(node.name or "", matchers, calls, node.offset is not None)
