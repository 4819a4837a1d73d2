"""Leave nothing in the temporary folder after all tests have passed."""

import getpass
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def _temporary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep all temporary files below pytest's folder, including those of killed programs."""
    with pytest.MonkeyPatch.context() as patch:
        folder = str(tmp_path_factory.mktemp("temporary"))
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", folder)
        yield


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove pytest's folder unless a run has left folders of failed tests."""
    if hasattr(config, "workerinput"):
        return
    folder = Path(tempfile.gettempdir()) / f"pytest-of-{getpass.getuser()}"
    for link in folder.glob("*current"):
        if not link.exists():
            link.unlink()
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
