"""Warn once of each file that can't be read, and log when it can be again."""

import errno
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ..logs import get
from ..sources import FileState, FileStatus

_SHOWN = 10  # warnings of one kind at a time; the rest are summarized
_PATIENCE_SECONDS = 5.0  # a log that is being rotated is missing for a moment
_RETRIED = "it is retried whenever it changes"


@dataclass(frozen=True, slots=True)
class _Kind:
    """Messages about files in a state. `over` is logged when the state ends, if it can end."""

    said: str
    remedy: str
    over: str = ""


_KINDS: Mapping[FileState, _Kind] = {
    FileState.missing: _Kind(
        "a path leads to no file",
        "check the path; a file that appears there later will be read",
        "a path leads to a file now",
    ),
    FileState.unreadable: _Kind(
        "a file cannot be read",
        f"repair or replace the file; {_RETRIED}",
        "a file can be read again",
    ),
    FileState.lost: _Kind(
        "a file disappeared before it was read to its end: its last lines are lost",
        "keep rotated files until they are read, under names like app.log.1 or app-2026-11-01.log",
    ),
    FileState.beyond_cap: _Kind(
        "too many files: some are not read",
        "move away files that were read, narrow the path, or raise storage.max_files",
        "all files are read again",
    ),
    FileState.reading: _Kind("a file can't be followed for long", "see the reason"),
}
_TOPIC_KINDS: Mapping[FileState, _Kind] = {
    FileState.missing: _Kind(
        "a Kafka topic or partition does not exist",
        "check the topic's name and the partitions; it is read once it exists",
        "a Kafka topic exists now",
    ),
    FileState.unreadable: _Kind(
        "a Kafka topic cannot be read",
        "see the reason, and docs/kafka.md; it is retried continually",
        "a Kafka topic can be read again",
    ),
}
_BY_REASON: Mapping[str, str] = {
    os.strerror(code): f"let the exporter's user read the file and search its directories; {later}"
    for code, later in ((errno.EACCES, _RETRIED), (errno.EPERM, _RETRIED))
}

_Key = tuple[str, str, FileState, str]

log = get(__name__)


class Troubles:
    """Problems with files that were logged."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Start with nothing logged."""
        self._clock = clock
        self._since: dict[_Key, float] = {}
        self._told: set[_Key] = set()
        self._topics: set[tuple[str, str]] = set()
        self._is_first = True

    def look(self, files: Iterable[FileStatus]) -> None:
        """Log new problems since the last look, and those that are over."""
        now = self._clock()
        present = {_key(file): file for file in files if _is_trouble(file)}
        if not present and not self._since:
            self._is_first = False
            return
        self._since = {key: self._since.get(key, now) for key in present}
        due = [file for key, file in present.items() if self._is_due(key, now)]
        self._warn(due)
        self._told.update(map(_key, due))
        self._topics.update((file.source, file.path) for file in due if file.is_topic)
        over = [key for key in self._told if key not in present]
        self._told.difference_update(over)
        for source, path, state, _ in over[:_SHOWN]:
            kinds = _TOPIC_KINDS if (source, path) in self._topics else _KINDS
            if kinds[state].over:
                log.info(kinds[state].over, source=source, file=path)
        self._is_first = False

    def _is_due(self, key: _Key, now: float) -> bool:
        if key in self._told:
            return False
        is_patient = key[2] is FileState.missing and not self._is_first
        return not is_patient or now - self._since[key] >= _PATIENCE_SECONDS

    def _warn(self, files: Iterable[FileStatus]) -> None:
        numbers: Counter[tuple[str, FileState]] = Counter()
        for file in files:
            kind = _kind_of(file)
            numbers[file.source, file.state] += 1
            if numbers[file.source, file.state] <= _SHOWN:
                log.warning(
                    kind.said,
                    source=file.source,
                    file=file.path,
                    files=file.files,
                    reason=file.last_error,
                    remedy=_BY_REASON.get(file.last_error, kind.remedy),
                    always=True,
                )
        for (source, state), number in numbers.items():
            if number > _SHOWN:
                said = f"{_KINDS[state].said}: more of the same"
                log.warning(said, source=source, files=number - _SHOWN, always=True)


def _kind_of(file: FileStatus) -> _Kind:
    return _TOPIC_KINDS[file.state] if file.is_topic else _KINDS[file.state]


def _is_trouble(file: FileStatus) -> bool:
    if file.state in (FileState.copy, FileState.done):
        return False
    return file.state is not FileState.reading or bool(file.last_error)


def _key(file: FileStatus) -> _Key:
    return file.source, file.path, file.state, file.last_error
