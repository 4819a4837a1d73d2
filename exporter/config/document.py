"""Parse YAML into plain values with their lines and columns.

Size and depth are limited. Anything unsupported is a fault: nothing is dropped silently.
Values are dict, list, str, int, Decimal, bool or None. Mapping keys stay text, as written.
"""

import re
from decimal import Decimal
from typing import Any, NoReturn

import yaml

from .faults import Faults, Mark, Path, quotable

MAX_NODES = 50_000
MAX_DEPTH = 20

_TAG = "tag:yaml.org,2002:"
_SCALARS = frozenset(
    _TAG + name for name in ("null", "bool", "str", "int", "float", "timestamp", "value")
)
# YAML 1.1 numbers with underscores, but without octal and sexagesimal forms; of limited length.
_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9_]{,29})(?:\.[0-9]{,30})?(?:[eE][-+]?[0-9]{1,2})?")
_BOOLEANS = yaml.SafeLoader.bool_values


def parse(text: str, faults: Faults) -> object:
    """Return the document's value; record syntax errors and the mark of each value in `faults`."""
    try:
        node = _Loader(text).get_single_node()
        return _Reader(faults).value(node, ()) if node else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        # Never str(error): it quotes the file.
        reason = quotable(error.problem or "unknown fault")
        faults.add((), f"cannot be read as YAML: {reason}", _mark(mark) if mark else None)
    # PyYAML passes impossible escapes and version numbers to chr() and int(), which raise these.
    except (yaml.YAMLError, ValueError, OverflowError):
        faults.add((), "cannot be read as YAML: a character that is not allowed")
    return None


class _Loader(yaml.SafeLoader):
    """A YAML loader that refuses files made to exhaust memory or stack."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._nodes = 0
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self._nodes += 1
        self._depth += 1
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        _check(self._nodes, self._depth, event.start_mark)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def _check(nodes: int, depth: int, mark: Any) -> None:
    if depth > MAX_DEPTH:
        _refuse(f"nested deeper than {MAX_DEPTH} levels", mark)
    if nodes > MAX_NODES:
        _refuse(f"more than {MAX_NODES} values", mark)


def _refuse(problem: str, mark: Any) -> NoReturn:
    raise yaml.MarkedYAMLError(problem=problem, problem_mark=mark)


def _mark(mark: yaml.Mark) -> Mark:
    return mark.line + 1, mark.column + 1


class _Reader:
    """A converter of nodes to values; each use of an alias counts towards the limit of values."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._nodes = 0

    def value(self, node: yaml.Node, path: Path) -> object:
        self._nodes += 1
        _check(self._nodes, len(path) + 1, node.start_mark)
        self._faults.marks.setdefault(path, _mark(node.start_mark))
        if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and node.tag in _SCALARS:
            return _scalar(node)
        self._faults.add(path, f"the tag {quotable(node.tag)} is not supported here")
        return None

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, object]:
        values: dict[str, object] = {}
        for key, value in node.value:
            mark = _mark(key.start_mark)
            if not isinstance(key, yaml.ScalarNode) or key.tag == _TAG + "merge":
                self._faults.add(path, "keys must be text; merging (<<) is not supported", mark)
                continue
            place = (*path, key.value)
            if key.value in values:
                first, _ = self._faults.marks[place]
                self._faults.add(place, f"given before, in line {first}", mark)
                continue
            self._faults.marks[place] = mark
            values[key.value] = self.value(value, place)
        return values


def _scalar(node: yaml.ScalarNode) -> object:
    text: str = node.value
    if node.tag == _TAG + "null":
        return None
    if node.tag == _TAG + "bool" and text.lower() in _BOOLEANS:
        return _BOOLEANS[text.lower()]
    return _number(text) if node.style is None and _NUMBER.fullmatch(text) else text


def _number(text: str) -> int | Decimal:
    text = text.replace("_", "")
    return int(text) if text.lstrip("+-").isdecimal() else Decimal(text)
