"""Keep pushed ids on disk, in order of arrival, until they are done; write before answering."""

import os
import stat
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from ..files import sync_folder
from ..logs import get
from ..pipeline.pushes import FullError
from .progress import Batch
from .wanted import Wanted, line_of, merged, wanted

# Limits of waiting ids and of bytes on disk; a file is removed when all its ids are done.
MOST_WAITING = 50_000
MOST_BYTES = 64 << 20
_FILE_BYTES = 1 << 20
_SUFFIX = ".jsonl"

log = get(__name__)


@dataclass(slots=True, eq=False)
class _File:
    """A file of pushed ids.

    `written` counts its lines, `taken` those that no longer wait: each is changed by one thread
    only. `batch` counts ids that were taken and are open.
    """

    path: Path
    size: int = 0
    written: int = 0
    taken: int = 0
    batch: Batch = field(default_factory=lambda: Batch(None))

    @property
    def is_done(self) -> bool:
        """Whether none of its ids waits or is open."""
        # The order matters: an id is opened before its line counts as taken.
        return self.taken == self.written and not self.batch.open


class Journal:
    """The pushed ids of one source.

    `write` and `remove_done` access files in their own thread; the rest is for the event loop.
    """

    def __init__(self, folder: Path) -> None:
        """Restore the ids of an earlier process; raises OSError."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        for one in (folder, *folder.parents[:3]):
            sync_folder(one)
        paths = [*_in_order(folder)]
        self._numbers = count(max((int(one.stem) for one in paths), default=0) + 1)
        # The exporter creates no links or folders here, so it neither reads nor removes them.
        self._files = [_File(one) for one in paths if stat.S_ISREG(one.lstat().st_mode)]
        # A plain dict is slow to find its first key after many deletions at its front.
        self._waiting: OrderedDict[str, tuple[Wanted, list[_File]]] = OrderedDict()
        self._is_current = False  # whether the last file may grow
        for file in self._files:
            self._read(file)

    def __len__(self) -> int:
        """Return the number of waiting ids."""
        return len(self._waiting)

    def find(self, identity: str) -> Wanted | None:
        """Return what is known about a waiting id."""
        found = self._waiting.get(identity)
        return None if found is None else found[0]

    def write(self, ids: Iterable[Wanted]) -> _File:
        """Write ids, durable on return; raises OSError, and `FullError` at the limit."""
        lines = [*map(line_of, ids)]
        text = b"".join(lines)
        if sum(one.size for one in self._files) + len(text) > MOST_BYTES:
            raise FullError
        file = self._current()
        try:
            self._append(file, text)
        except OSError:
            # After a restart the written ids are requested, which does no harm. But a line
            # that follows half a line would be lost, so the next ids need a new file.
            self._is_current = False
            raise
        file.written += len(lines)
        return file

    def add(self, ids: Iterable[Wanted], file: _File) -> None:
        """Add ids that were written to a file to the waiting ones."""
        for one in ids:
            known, files = self._waiting.get(one.id, (one, []))
            self._waiting[one.id] = merged(known, one), [*files, file]

    def first(self) -> tuple[Wanted, list[Batch]] | None:
        """Return the longest waiting id and the batches that it belongs to; None if none waits."""
        found = next(iter(self._waiting.values()), None)
        return None if found is None else (found[0], [file.batch for file in found[1]])

    def take(self, one: Wanted) -> None:
        """Remove an id, which is open now, from the waiting ones."""
        _, files = self._waiting.pop(one.id)
        for file in files:
            file.taken += 1

    def remove_done(self) -> None:
        """Remove the files whose ids are all done; raises OSError."""
        for file in [one for one in self._files if one.is_done]:
            file.path.unlink(missing_ok=True)
            self._is_current &= file is not self._files[-1]
            self._files.remove(file)

    def _append(self, file: _File, text: bytes) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        is_new = not file.size
        handle = os.open(file.path, flags, 0o600)
        try:
            view = memoryview(text)
            while view:
                written = os.write(handle, view)
                file.size += written
                view = view[written:]
            os.fsync(handle)
        finally:
            os.close(handle)
        if is_new:
            sync_folder(self._folder)

    def _current(self) -> _File:
        if not self._is_current or self._files[-1].size >= _FILE_BYTES:
            self._files.append(_File(self._folder / f"{next(self._numbers)}{_SUFFIX}"))
            self._is_current = True
        return self._files[-1]

    def _read(self, file: _File) -> None:
        """Read the ids of an earlier process; half a line was never acknowledged."""
        text = file.path.read_bytes()
        file.size = len(text)
        lines = text[: text.rfind(b"\n") + 1].splitlines()
        found = [one for one in map(wanted, lines) if one is not None]
        if lost := len(lines) - len(found):
            log.warning(
                "pushed generation ids are damaged: send them again",
                file=file.path,
                lines=lost,
                always=True,
            )
        file.written = len(found)
        self.add(found, file)


def _in_order(folder: Path) -> Iterator[Path]:
    found = [one for one in folder.glob(f"*{_SUFFIX}") if one.stem.isdecimal()]
    yield from sorted(found, key=lambda one: int(one.stem))
