"""Install the requirements of `pyproject.toml` in the locked versions, if they have changed."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from .lock import constraints
from .requirements import requirements

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")


def wanted(groups: Sequence[str]) -> str:
    """Return requirements and versions, in the form that is recorded after installation."""
    return "\n".join([*requirements(groups), "# in the versions:", *constraints(), ""])


def main(arguments: Sequence[str]) -> int:
    """Install the groups (without any: build and runtime requirements), unless up to date."""
    note, groups = Path(arguments[0]), arguments[1:]
    text = wanted(groups)
    if note.exists() and note.read_text() == text:
        return 0
    versions = note.with_suffix(".versions")
    versions.write_text("".join(f"{line}\n" for line in constraints()))
    command = [*PIP, *requirements(groups)]
    if subprocess.run([*command, f"--constraint={versions}"], check=False).returncode:
        print("can't install the locked versions here; installing the newest", file=sys.stderr)
        subprocess.run(command, check=True)
    note.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
