"""Have nothing stay in the temporary folder once all tests have passed."""

import getpass
import tempfile
from pathlib import Path

import pytest


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the folder that held the tests' own, if no run has left one that failed."""
    if hasattr(config, "workerinput"):
        return
    folder = Path(tempfile.gettempdir()) / f"pytest-of-{getpass.getuser()}"
    for link in folder.glob("*current"):
        if not link.exists():
            link.unlink()
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
