"""Find rotated files: the new place of a lost content, and unseen rotations."""

from .content import READ_ERRORS, Content, try_open
from .file_set import FileSet
from .matching import Kind
from .rotation import rotations
from .tailed_file import TailedFile


def find_rotated(files: FileSet, file: TailedFile) -> None:
    """Search for the content of a file beside its former place."""
    # Missing for now: if a pattern matches a copy later, that is still recognised.
    file.life.lose()
    if file.identity.fingerprint.length == 0:
        return
    for path in file.names.places():
        content, _ = try_open(path)
        if content is None:
            continue
        if files.leads_to(path, content) not in {None, file} or not _is_owner(files, file, content):
            content.close()
        elif files.attach(file, content, path):
            files.mark_rotated(file, file.names.origin)
            files.schedule(file)
            return


def _is_owner(files: FileSet, file: TailedFile, content: Content) -> bool:
    try:
        return file.holds(content) and files.index.find(content).owner is file
    except READ_ERRORS:
        return False


def follow_rotations(files: FileSet, source: str, path: str) -> None:
    """Follow the files rotated away from a path since the last poll, as it has new content now.

    Rotations newer than the newest known one belong to the log too, even if they were never seen
    under its name: it may have rotated more than once.
    """
    for file in files:
        if file.names.path == path and file.content is None and not file.life.is_finished:
            find_rotated(files, file)
    for sibling in _unseen_rotations(files, path):
        content, _ = try_open(sibling)
        if content is None:
            continue
        if files.leads_to(sibling, content):
            content.close()
        else:
            _follow_rotation(files, files.new(source, sibling), content, path)


def _follow_rotation(files: FileSet, file: TailedFile, content: Content, origin: str) -> None:
    try:
        match = files.index.find(content)
        files.add(file, content)
        files.begin(file, content, match)
    except READ_ERRORS:
        content.close()
        raise
    files.mark_rotated(file, origin)
    files.schedule(file)


def _unseen_rotations(files: FileSet, path: str) -> list[str]:
    """Return the rotations after the newest known one, oldest first; none if none is known."""
    unseen: list[str] | None = None
    for sibling in rotations(path):
        known = _is_known(files, sibling)
        if known:
            unseen = []
        elif known is False and unseen is not None:
            unseen.append(sibling)
    return unseen or []


def _is_known(files: FileSet, path: str) -> bool | None:
    """Return True if the content of a file is known, None if it can't be read."""
    content, _ = try_open(path)
    if content is None:
        return None
    try:
        return files.index.find(content).kind is not Kind.PART
    except READ_ERRORS:
        return None
    finally:
        content.close()
