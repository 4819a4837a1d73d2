"""Write the lock files: exact versions, with hashes, of all that `pyproject.toml` requires.

`requirements.lock` is what the image installs, `requirements-dev.lock` all that `make` may.
Versions that are locked stay as long as they fit; with `--upgrade` the newest are taken.
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
# For any platform and each supported Python; without hosts of indexes, which are the user's own.
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
    """Yield the lock's lines without hashes, with which requirements beside it may be installed."""
    for line in re.findall(r"^\w.*", ALL.read_text(), re.MULTILINE):
        yield line.removesuffix("\\").rstrip()


def _compile(wanted: Sequence[str], lock: Path, arguments: Sequence[str]) -> None:
    """Write a lock of requirements."""
    oldest = project()["project"]["requires-python"].removeprefix(">=")
    with tempfile.NamedTemporaryFile("w", suffix=".in") as file:
        file.write("\n".join(wanted))
        file.flush()
        versions = [f"--python-version={oldest}", f"--output-file={lock}"]
        subprocess.run([*COMPILE, *versions, *arguments, file.name], check=True)


def main(arguments: Sequence[str]) -> int:
    """Write both; what the image has is what the tests had."""
    _compile([*requirements([]), *requirements(LOCKED_GROUPS)], ALL, arguments)
    same = f"--constraint={ALL}"
    _compile([*project()["project"]["dependencies"], *extras()], RUNTIME, [*arguments, same])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
