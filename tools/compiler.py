"""Record whether C extensions can be compiled for this Python (`make` rebuilds once they can)."""

import os
import shlex
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

YES, NO = "yes\n", "no\n"


def works() -> bool:
    """Return True if the compiler of setuptools finds the headers of Python and C."""
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    places = {sysconfig.get_path(name) for name in ("include", "platinclude")}
    command = [*compiler, *(f"-I{place}" for place in places), "-fsyntax-only", "-x", "c", "-"]
    source = b"#include <Python.h>\n"
    try:
        done = subprocess.run(command, input=source, capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def main(arguments: Sequence[str]) -> int:
    """Write the result to the file, but never change yes to no: compiled modules are kept."""
    (path,) = map(Path, arguments)
    noted = path.read_text() if path.exists() else ""
    if noted != YES and (now := YES if works() else NO) != noted:
        path.write_text(now)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
