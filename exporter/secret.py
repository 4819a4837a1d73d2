"""Secrets in files and environment variables: read when they are needed, never logged."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from .errors import ConfigError
from .files import Stamp, read_small, stamp

MOST_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Kind:
    """The form of a secret, without the space around it; `needs` describes it to the user.

    `pipes`: its file may be a pipe, as in a command that a user waits for.
    """

    shape: re.Pattern[bytes]
    needs: str
    pipes: bool = False


# For hashes and pushes: long enough not to be guessed.
LONG = Kind(re.compile(rb".{16,}", re.DOTALL), "a secret of at least 16 characters")
# A key is sent in a header, which can't hold other characters.
API_KEY = Kind(re.compile(rb"[!-~]+"), "one key of ASCII characters, and nothing else")
PASSWORD = Kind(re.compile(rb".+", re.DOTALL), "a password")
CREDENTIALS = Kind(re.compile(rb".*:.*", re.DOTALL), "USER:PASSWORD", pipes=True)


class SecretError(ConfigError):
    """A secret that can't be used; the text names its place, never its content."""

    def __init__(self, place: str, reason: str) -> None:
        """`place`: the file or the variable."""
        super().__init__([f"{place}: {reason}"])


@dataclass(frozen=True, slots=True)
class SecretPlace:
    """Where a secret is: in a file, or in an environment variable."""

    kind: Kind
    file: Path | None = None
    variable: str | None = None

    def read(self) -> bytes:
        """Return the secret as it is now; raises `SecretError`."""
        place = self._name
        content = self._content(place).strip()
        if not content:
            raise SecretError(place, "is empty")
        if not self.kind.shape.fullmatch(content):
            raise SecretError(place, f"must hold {self.kind.needs}")
        return content

    def stamp(self) -> Stamp:
        """Return a value that changes with the file; None for a variable, which doesn't change."""
        return None if self.file is None else stamp(self.file)

    @property
    def _name(self) -> str:
        return f"environment variable {self.variable}" if self.file is None else str(self.file)

    def _content(self, place: str) -> bytes:
        if self.file is None:
            found = os.environb.get(os.fsencode(self.variable or ""))
            if found is None:
                raise SecretError(place, "is not set")
            return found
        try:
            return read_small(self.file, MOST_BYTES, regular=not self.kind.pipes)
        except OSError as error:
            raise SecretError(place, f"cannot be read: {error.strerror}") from None
