"""The ledger's files are private and must be regular files."""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter import logs
from exporter.config import Storage
from exporter.ledger.errors import LedgerError
from exporter.ledger.open import open_ledger

NAMES = ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", "lock")


def modes(directory: Path) -> set[int]:
    """The permissions of a directory and the files in it."""
    paths = (directory, *directory.iterdir())
    return {stat.S_IMODE(path.stat().st_mode) & ~stat.S_IXUSR for path in paths}


@pytest.fixture
def open_umask() -> Iterator[int]:
    """Set the umask to 0, so that files are only private if the code makes them so."""
    former = os.umask(0)
    yield former
    os.umask(former)


def test_new(storage: Storage, open_umask: int) -> None:
    """Directory, ledger, WAL and lock are private whatever the umask."""
    ledger = open_ledger(storage).ledger

    assert {path.name for path in storage.path.iterdir()} == set(NAMES)
    assert modes(storage.path) == {0o600}
    ledger.close()


@pytest.mark.parametrize(
    ("mode", "said"),
    [(0o755, "others may list the ledger"), (0o777, "others may replace the ledger")],
)
def test_open_to_others(
    storage: Storage, mode: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Files open to others are made private; an open directory is only a warning."""
    open_ledger(storage).ledger.close()
    for path in (storage.path, *storage.path.iterdir()):
        path.chmod(mode)
    logs.setup("info", "logfmt")
    open_ledger(storage).ledger.close()

    assert {stat.S_IMODE(path.stat().st_mode) for path in storage.path.iterdir()} == {0o700}
    assert stat.S_IMODE(storage.path.stat().st_mode) == mode
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("is_dangling", [True, False])
def test_a_link_is_refused(storage: Storage, name: str, is_dangling: bool) -> None:
    """A symbolic link is refused and its target isn't touched."""
    storage.path.mkdir()
    target = storage.path.parent / "target"
    if not is_dangling:
        target.write_bytes(b"precious")
    (storage.path / name).symlink_to(target)
    with pytest.raises(LedgerError, match=re.escape(f"{name}: is a symbolic link, which is not")):
        open_ledger(storage)

    assert target.read_bytes() == b"precious" if target.exists() else is_dangling


def test_a_pipe_is_refused(storage: Storage) -> None:
    """A named pipe is refused, because opening it would block forever."""
    storage.path.mkdir()
    os.mkfifo(storage.path / NAMES[0])
    with pytest.raises(LedgerError, match=r"sqlite: is not a regular file"):
        open_ledger(storage)
