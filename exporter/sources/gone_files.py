"""Bound the number of remembered files that are gone, forgetting the longest inactive ones first.

A file is remembered after its end so that its content is recognised under another name. Each
rotation adds one, forever. If a forgotten file turns up again, its records without ids count again.
So no file is forgotten that may be on a file system that is not mounted now.
"""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from ..logs import get
from .file_set import FileSet
from .matching import open_if_same
from .tailed_file import TailedFile

MAX_GONE = 10_000
_NO_DEVICE = 0  # the content was overwritten in place
_SHARE = 10  # one in this many is forgotten at a time, so that the disk is rarely searched

log = get(__name__)


class GoneFiles:
    """Files that were read to their end and are no longer on disk."""

    def __init__(self, files: FileSet, most: int = MAX_GONE) -> None:
        """`most`: how many of them to remember."""
        self._files = files
        self._most = most
        self._share = max(1, most // _SHARE)
        self._unlooked = most  # the number of ended files up to which the disk is not searched

    def poll(self, in_use: Collection[TailedFile]) -> tuple[str, ...]:
        """Forget the oldest if there are too many; return their keys.

        `in_use`: files to keep even if they are gone.
        """
        ended = [file for file in self._files if _has_ended(file)]
        if len(ended) <= self._unlooked:
            return ()
        spared = {*in_use, *self._relatives_of_others()}
        disk = _Disk.beside(ended)
        gone = [file for file in ended if file not in spared and not disk.holds(file)]
        excess = len(gone) - self._most + self._share if len(gone) > self._most else 0
        forgotten = frozenset(islice(sorted(gone, key=_last_active), excess))
        self._unlooked = max(self._most, len(ended) - len(forgotten) + self._share)
        if forgotten:
            self._files.forget(forgotten)
            log.info(
                "forgot the oldest positions of files that are gone",
                files=len(forgotten),
                kept=len(gone) - len(forgotten),
            )
        return tuple(sorted(file.key for file in forgotten))

    def _relatives_of_others(self) -> Iterator[TailedFile]:
        """Yield the relatives of unfinished files: they tell which lines were counted."""
        for file in self._files:
            if not _has_ended(file):
                yield from file.relatives


def _has_ended(file: TailedFile) -> bool:
    return file.life.is_finished and file.content is None and not file.names


def _last_active(file: TailedFile) -> tuple[float, str]:
    # Times from before a restart are unknown; keys are in order of discovery.
    return file.seen.quiet_since, file.key


@dataclass(slots=True)
class _Disk:
    """The files in some directories."""

    names: dict[tuple[int, int], str] = field(default_factory=dict)  # by device and inode
    devices: dict[str, int] = field(default_factory=dict)  # by directory
    unreadable: set[str] = field(default_factory=set)

    @classmethod
    def beside(cls, files: Iterable[TailedFile]) -> "_Disk":
        """Search the directories in which these files were."""
        disk = cls()
        for directory in {one for file in files for one in _directories(file)}:
            try:
                disk.devices[directory] = _device(directory)
                disk.names.update(_entries(directory))
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError:
                disk.unreadable.add(directory)
        return disk

    def holds(self, file: TailedFile) -> bool:
        """Return True if a file is, or may be, in these directories."""
        directories = set(_directories(file))
        device = file.identity.inode[0]
        is_mounted = device in (_NO_DEVICE, *(self.devices.get(one) for one in directories))
        if not (is_mounted and self.unreadable.isdisjoint(directories)):
            return True
        path = self.names.get(file.identity.inode)
        content = None if path is None else open_if_same(path, file)
        if content is not None:
            content.close()
        return content is not None


def _directories(file: TailedFile) -> Iterator[str]:
    for path in filter(None, (file.names.path, file.names.target)):
        yield os.path.dirname(path) or "."


def _device(directory: str) -> int:
    """Return the file system of a directory, or of its nearest parent if it was deleted."""
    while True:
        try:
            return os.stat(directory).st_dev
        except (FileNotFoundError, NotADirectoryError):
            directory = os.path.dirname(os.path.abspath(directory))


def _entries(directory: str) -> Mapping[tuple[int, int], str]:
    device = os.stat(directory).st_dev
    with os.scandir(directory) as entries:
        return {(device, entry.inode()): entry.path for entry in entries}
