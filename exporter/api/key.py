"""The key of ZenMux's API: read from a file or the environment, shown nowhere."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

MOST_BYTES = 1024


class KeyUnreadable(Exception):
    """There is no usable key; the text names the place and never its content."""


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where the key is: a file, or an environment variable."""

    file: Path | None = None
    variable: str | None = None

    def read(self) -> str:
        """Return the key as it is now: a file may be replaced while the exporter runs."""
        if self.variable is not None:
            content = os.environ.get(self.variable, "").encode(errors="surrogateescape")
            return _checked(content, f"environment variable {self.variable}")
        assert self.file is not None  # the configuration gives one of both
        try:
            return _checked(_content(self.file), str(self.file))
        except OSError as error:
            raise KeyUnreadable(f"{self.file}: cannot be read: {error.strerror}") from None


def _content(path: Path) -> bytes:
    # Without waiting: a pipe in its place would hold up everything until somebody writes to it.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise KeyUnreadable(f"{path}: must be a file, no pipe or device")
        return file.read(MOST_BYTES + 1)


def _checked(content: bytes, place: str) -> str:
    key = content.strip()
    if not key:
        raise KeyUnreadable(f"{place}: holds no key")
    # Anything else can't stand in a header.
    if len(key) > MOST_BYTES or not all(0x21 <= byte <= 0x7E for byte in key):
        raise KeyUnreadable(f"{place}: must hold one key of ASCII characters, and nothing else")
    return key.decode("ascii")
