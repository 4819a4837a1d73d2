"""Have nothing stay in the temporary folder once all tests have passed."""

import getpass
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def _temporary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Have all temporary files below pytest's folder, also those of programs that are killed."""
    with pytest.MonkeyPatch.context() as patch:
        folder = str(tmp_path_factory.mktemp("temporary"))
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", folder)
        yield


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove pytest's folder where no run has left tests that failed."""
    if hasattr(config, "workerinput"):
        return
    folder = Path(tempfile.gettempdir()) / f"pytest-of-{getpass.getuser()}"
    for link in folder.glob("*current"):
        if not link.exists():
            link.unlink()
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
