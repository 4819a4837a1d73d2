"""Write the lock files: exact versions, with hashes, of everything `pyproject.toml` requires.

The image installs `requirements.lock`, `make` installs from `requirements-dev.lock`. Locked
versions are kept if they still fit; `--upgrade` locks the newest.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from .requirements import PROJECT, extras, project, requirements

RUNTIME = PROJECT.with_name("requirements.lock")
ALL = PROJECT.with_name("requirements-dev.lock")
LOCKED_GROUPS = ("dev", "release")
# For all platforms and supported Pythons; without index URLs, which are the user's choice.
COMPILE = (
    *(
        sys.executable,
        "-m",
        "uv",
        "pip",
        "compile",
        "--quiet",
        "--universal",
        "--generate-hashes",
        "--no-annotate",
    ),
    *("--no-header", "--no-emit-index-url", "--no-emit-find-links"),
)


def constraints() -> Iterator[str]:
    """Yield the locked versions without hashes, for use with unlocked requirements."""
    for line in re.findall(r"^\w.*", ALL.read_text(), re.MULTILINE):
        yield line.removesuffix("\\").rstrip()


def _compile(wanted: Sequence[str], lock: Path, arguments: Sequence[str]) -> None:
    """Lock requirements."""
    oldest = project()["project"]["requires-python"].removeprefix(">=")
    with tempfile.NamedTemporaryFile("w", suffix=".in") as file:
        file.write("\n".join(wanted))
        file.flush()
        versions = [f"--python-version={oldest}", f"--output-file={lock}"]
        subprocess.run([*COMPILE, *versions, *arguments, file.name], check=True)


def main(arguments: Sequence[str]) -> int:
    """Write both; the image gets the versions that were tested."""
    _compile([*requirements([]), *requirements(LOCKED_GROUPS)], ALL, arguments)
    same = f"--constraint={ALL}"
    _compile([*project()["project"]["dependencies"], *extras()], RUNTIME, [*arguments, same])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
