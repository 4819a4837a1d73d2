"""Faults of a configuration file, each with its place and line."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..values.masking import masked
from ..values.texts import printable

Path = tuple[str | int, ...]

# A masked key is told without quotes, too.
_NAME = re.compile(r"[A-Za-z0-9_-]+|sha256:[0-9a-f]{12}")
_SHOWN = 64


class Faults:
    """Collects the faults of one file."""

    def __init__(self, origin: str) -> None:
        """`origin` is the file's name as the user gave it."""
        self.origin = origin
        self.lines: dict[Path, int] = {}
        self._texts: list[tuple[int, str]] = []
        self._paths: list[Path] = []

    def add(self, path: Path, message: str, line: int = 0) -> None:
        """Add a fault; without a line it gets the line of its place."""
        line = line or self._line(path)
        self._paths.append(path)
        place = f"{path_text(path)}: " if path else ""
        where = f" (line {line})" if line else ""
        self._texts.append((line, masked(f"{self.origin}: {place}{message}") + where))

    def texts(self) -> list[str]:
        """Return all faults in the order of their lines."""
        return [text for _, text in sorted(self._texts, key=lambda fault: fault[0])]

    def concern(self, path: Path) -> bool:
        """Return whether there is a fault at a place, around it or in it."""
        # `zip` ends with the shorter of both.
        return any(all(a == b for a, b in zip(path, one, strict=False)) for one in self._paths)

    def __len__(self) -> int:
        """Return the number of faults."""
        return len(self._texts)

    def _line(self, path: Path) -> int:
        """Return the line of a place; for a missing value that of the section it belongs in."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0)


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
    """Return a user's text as a fault may quote it: secrets masked, short, printable."""
    text = masked(printable(text))
    text = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return text if text.isprintable() else text.encode("unicode_escape").decode()
