"""Places in the configuration file in, fault texts with place and line out."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import masked

Path = tuple[str | int, ...]

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_SHOWN = 64


class Faults:
    """Collects what is wrong with one file."""

    def __init__(self, origin: str) -> None:
        """`origin` is the file's name as the user gave it."""
        self.origin = origin
        self.lines: dict[Path, int] = {}
        self._texts: list[tuple[int, str]] = []

    def add(self, path: Path, message: str, line: int = 0) -> None:
        """Notes one fault, in the place's own line if none is given."""
        line = line or self._line(path)
        place = f"{shown(path)}: " if path else ""
        where = f" (line {line})" if line else ""
        self._texts.append((line, masked(f"{self.origin}: {place}{message}") + where))

    def texts(self) -> list[str]:
        """All faults in the order of their lines."""
        return [text for _, text in sorted(self._texts, key=lambda fault: fault[0])]

    def __len__(self) -> int:
        """How many faults were noted."""
        return len(self._texts)

    def _line(self, path: Path) -> int:
        """The line of the place or, where something is missing, of what should have it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0)


@dataclass(frozen=True, slots=True)
class Place:
    """One value's place in the file."""

    faults: Faults
    path: Path = ()

    def at(self, step: str | int) -> "Place":
        """The place of a value within this one."""
        return Place(self.faults, (*self.path, step))

    def fault(self, message: str) -> None:
        """Notes a fault here."""
        self.faults.add(self.path, message)


def shown(path: Path) -> str:
    """As users read it, without secrets: `sources[0].path`, `keys["a.b"].name`."""
    return "".join(_steps(path)).removeprefix(".")


def _steps(path: Path) -> Iterable[str]:
    for step in path:
        if isinstance(step, int):
            yield f"[{step}]"
        else:
            name = quotable(step)
            plain = _NAME.fullmatch(name) or name == "sk-…"
            yield f".{name}" if plain else f"[{json.dumps(name, ensure_ascii=False)}]"


def quotable(text: str) -> str:
    """A user's word as a fault may repeat it: no secret, short, printable."""
    text = masked(text)
    text = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return text if text.isprintable() else text.encode("unicode_escape").decode()
