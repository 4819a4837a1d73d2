"""`reconcile`: logs and a running exporter in, a table of differences with a recount out.

The recount is independent of the exporter's counting, and ends where the exporter's committed
positions end.
"""

import json
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .config import Config
from .errors import ExporterError
from .recount import Recount, Settings, Totals, differences, parse_exposition
from .sources.content import Content
from .sources.model import Head

STATE_PATH = "/api/v1/state"
_TIMEOUT = 30
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Counted:
    """A file that the exporter has counted up to an offset."""

    source: str
    path: str
    head: Head
    offset: int


@dataclass(frozen=True, slots=True)
class Report:
    """What was compared and what differs."""

    differences: list[str]
    notes: list[str]
    lines: int

    def text(self) -> str:
        """For a terminal."""
        parts = [f"note: {note}" for note in self.notes]
        if self.differences:
            parts += [f"{len(self.differences)} differences (recount against exporter):"]
            parts += [f"  {difference}" for difference in self.differences]
        else:
            parts.append(f"no differences in {self.lines} lines")
        return "\n".join(parts) + "\n"


def reconcile(config: Config, url: str, files: Iterable[str]) -> Report:
    """Recount the files up to the exporter's positions; raises `ExporterError`."""
    state = fetch(url.rstrip("/") + STATE_PATH)
    counted = [
        Counted(one["source"], one["path"], Head(**one["head"]), one["offset"])
        for one in state["positions"]
    ]
    recount, notes, found = Recount(_settings(config)), [], []
    lines = 0
    for path in files:
        with _opened(path) as content:
            position = next((one for one in counted if _is(one, content)), None)
            if position is None:
                notes.append(f"{path}: excluded, the exporter has not counted it")
                continue
            found.append(position)
            for line in _lines(content, position.offset):
                recount.feed(position.source, line)
                lines += 1
            if content.read(1):
                notes.append(f"{path}: counted up to byte {position.offset}, the rest is excluded")
    notes += [
        f"{one.path}: counted by the exporter up to byte {one.offset}, but not given here"
        for one in counted
        if one not in found and one.offset
    ]
    expected, actual = recount.totals(), parse_exposition(state["metrics"])
    # The newest request is no total, and depends on the exporter's clock.
    one, other = (Totals(t.counters, t.histograms) for t in (expected, actual))
    return Report(differences(one, other), notes, lines)


def fetch(url: str) -> Any:
    """The exporter's state: positions and metrics of one moment."""
    if not url.startswith(("http://", "https://")):
        raise ExporterError(f"{url}: must begin with http:// or https://")
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT) as answer:  # noqa: S310 - checked
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            raise ExporterError(f"{url}: answers {error.code} {error.reason}") from error
    except (OSError, ValueError) as error:
        raise ExporterError(f"{url}: {getattr(error, 'reason', error)}") from error


class _opened:  # noqa: N801 - used like a function
    """The open content of a file, closed in the end."""

    def __init__(self, path: str) -> None:
        try:
            self._content = Content(path)
        except OSError as error:
            raise ExporterError(f"{path}: cannot be read: {error.strerror}") from error

    def __enter__(self) -> Content:
        return self._content

    def __exit__(self, *_: object) -> None:
        self._content.close()


def _is(counted: Counted, content: Content) -> bool:
    try:
        return content.matches(counted.head)
    except zlib.error:
        return False


def _lines(content: Content, end: int) -> Iterator[bytes]:
    rest = b""
    while content.at < end:
        chunk = content.read(min(_CHUNK, end - content.at))
        if not chunk:
            break
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
    if rest:
        yield rest


def _settings(config: Config) -> Settings:
    return Settings(
        keys={identity: (key.name, key.plan) for identity, key in config.keys.items()},
        limits={label: rule.limit for label, rule in config.labels.items()},
        display={label: rule.display for label, rule in config.labels.items()},
        allow={label: rule.allow for label, rule in config.labels.items() if rule.allow},
        deny={label: rule.deny for label, rule in config.labels.items()},
        buckets=config.buckets,
        id_window=config.storage.id_window,
        max_line=config.storage.max_line_bytes,
    )
