"""Find a value in a record by its path: `usage.total`, `choices[0].text`, `meta.cost`.

Text on the way is parsed as JSON. A key that equals the rest of a path wins over its steps, so
columns and flattened fields may have dots in their names.
"""

import re
from dataclasses import dataclass
from typing import Any

from ..errors import Rejected
from .json_text import parse_text

_STEP = re.compile(r"([^.\[\]]*)((?:\[-?[0-9]{1,6}\])*)")
_INDEX = re.compile(r"-?[0-9]+")

Step = str | int


@dataclass(frozen=True, slots=True)
class Path:
    """A path: `steps`, each with the text of the path from there on."""

    text: str
    steps: tuple[tuple[Step, str], ...]

    def find(self, record: Any, decoded: dict[str, Any] | None = None) -> Any:
        """Return the value in a record, None if there is none.

        `decoded`: a cache of this record's texts that were parsed as JSON.
        """
        value = record
        for step, rest in self.steps:
            if isinstance(value, str):
                value = _decode(value, {} if decoded is None else decoded)
            if isinstance(step, int):
                value = _element(value, step)
            elif isinstance(value, dict):
                if rest in value:
                    return value[rest]
                value = value.get(step)
            else:
                return None
            if value is None:
                return None
        return value


def parse_path(text: str) -> Path:
    """Parse a path; raises ValueError if the text is not a path."""
    found: list[tuple[Step, str]] = []
    at = 0
    while at <= len(text):
        match = _STEP.match(text, at)
        assert match is not None  # it also matches the empty text
        name, indexes = match.groups()
        if not name.strip() and (name or not indexes or at):
            raise ValueError("a name is missing")
        if name:
            found.append((name, text[at:]))
        found.extend((int(index), "") for index in _INDEX.findall(indexes))
        if match.end() < len(text) and text[match.end()] != ".":
            raise ValueError("a bracket must hold a number")
        at = match.end() + 1
    return Path(text, tuple(found))


def _element(value: Any, index: int) -> Any:
    if isinstance(value, list) and -len(value) <= index < len(value):
        return value[index]
    return None


def _decode(text: str, decoded: dict[str, Any]) -> Any:
    if text not in decoded:
        try:
            decoded[text] = parse_text(text.encode(errors="replace"))
        except Rejected:
            decoded[text] = None
    return decoded[text]
