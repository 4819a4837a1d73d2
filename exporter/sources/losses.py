"""Report losses: files that are gone before they were read to their end, as far as known."""

from collections.abc import Callable, Collection

from ..logs import get
from .file_set import FileSet
from .tailed_file import TailedFile

log = get(__name__)

# During a rotation, a content may be found nowhere for a moment.
_GRACE_SECONDS = 2.0
_TOLD_ONE_BY_ONE = 100
_REMEDY = (
    "keep rotated files beside the log, or on the same disk, until they are read; "
    "if the content still exists, put it beside the log again"
)


class Losses:
    """Tracker of missing files."""

    def __init__(self, files: FileSet, clock: Callable[[], float]) -> None:
        """Start with no missing file."""
        self._files = files
        self._clock = clock
        self._since: dict[TailedFile, float] = {}
        self._told = 0

    def poll(self, missing: Collection[TailedFile]) -> None:
        """Give up files that stay missing; warn of those that were not read to their end."""
        now = self._clock()
        self._since = {file: self._since.get(file, now) for file in missing}
        for file, since in self._since.items():
            if now - since >= _GRACE_SECONDS:
                self._give_up(file)

    def _give_up(self, file: TailedFile) -> None:
        unread = _unread(file)
        file.life.end()
        file.seen.lose(unread)
        self._files.note_change(file)
        if unread == 0:
            return
        self._told += 1
        log.warning(
            "file is gone, its unread content is lost"
            if unread
            else "file is gone, content written since the last read may be lost",
            source=file.source,
            file=file.names.path,
            read_bytes=file.offset,
            lost_bytes="unknown" if unread is None else unread,
            remedy=_REMEDY,
            always=self._told <= _TOLD_ONE_BY_ONE,
        )


def _unread(file: TailedFile) -> int | None:
    """Return how many known bytes were not read; None if that is unknown."""
    if file.seen.size is None or file.seen.is_archive:
        return None
    return max(0, file.seen.size - file.offset)
