"""Faults of a configuration file, each with its place, line and column."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..values.masking import masked
from ..values.texts import printable

Path = tuple[str | int, ...]
# Line and column, both from 1.
Mark = tuple[int, int]
_NOWHERE = (0, 0)

# A masked key is shown without quotes, too.
_NAME = re.compile(r"[A-Za-z0-9_-]+|sha256:[0-9a-f]{12}")
_SHOWN = 64


class Faults:
    """The faults of one file, with the marks of its values."""

    def __init__(self, origin: str) -> None:
        """`origin` is the file's name as the user gave it."""
        self.origin = origin
        self.marks: dict[Path, Mark] = {}
        self._texts: list[tuple[Mark, str]] = []
        self._paths: list[Path] = []

    def add(self, path: Path, message: str, mark: Mark | None = None) -> None:
        """Add a fault; without a mark it gets the mark of its place."""
        mark = mark or self._mark(path)
        self._paths.append(path)
        place = f"{path_text(path)}: " if path else ""
        # As compilers write it: editors and terminals recognise it as a link.
        where = "" if mark == _NOWHERE else f":{mark[0]}:{mark[1]}"
        self._texts.append((mark, f"{masked(self.origin)}{where}: {masked(place + message)}"))

    def texts(self) -> list[str]:
        """Return all faults in the order of the file."""
        return [text for _, text in sorted(self._texts, key=lambda fault: fault[0])]

    def concern(self, path: Path) -> bool:
        """Return True if there is a fault at a place, around it or inside it."""
        # `zip` stops at the end of the shorter path.
        return any(all(a == b for a, b in zip(path, one, strict=False)) for one in self._paths)

    def __len__(self) -> int:
        """Return the number of faults."""
        return len(self._texts)

    def _mark(self, path: Path) -> Mark:
        """Return the mark of a place; for a missing value the mark of its section."""
        while path and path not in self.marks:
            path = path[:-1]
        return self.marks.get(path, _NOWHERE)


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a value in the file."""

    faults: Faults
    path: Path = ()

    def at(self, step: str | int) -> "Place":
        """Return the place of a value inside this one."""
        return Place(self.faults, (*self.path, step))

    def fault(self, message: str) -> None:
        """Add a fault at this place."""
        self.faults.add(self.path, message)


def path_text(path: Path) -> str:
    """Return a path as users write it, secrets masked: `sources[0].path`, `keys["a.b"].name`."""
    return "".join(_steps(path)).removeprefix(".")


def _steps(path: Path) -> Iterable[str]:
    for step in path:
        if isinstance(step, int):
            yield f"[{step}]"
        else:
            name = quotable(step)
            yield (
                f".{name}" if _NAME.fullmatch(name) else f"[{json.dumps(name, ensure_ascii=False)}]"
            )


def quotable(text: str) -> str:
    """Return a user's text for a quote in a fault: secrets masked, short, printable."""
    text = masked(printable(text))
    text = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return text if text.isprintable() else text.encode("unicode_escape").decode()
