"""Serve the demo or log files with the installed exporter (`make run`)."""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from .free_port import taken
from .logs import globs

# The one that is installed beside this Python, which may be compiled.
EXPORTER = str(Path(sys.executable).parent / "zenmux-exporter")


def commands(options: argparse.Namespace) -> list[list[str]]:
    """Return what is run in turn; the last command serves."""
    logs = globs(options.logs)
    history = [[EXPORTER, "backfill", f"--out={options.history}", *logs]]
    listen = f"--web.listen-address=127.0.0.1:{options.port}"
    serve = [EXPORTER, listen, *(["run", *logs] if logs else ["demo"])]
    return [*(history if logs and options.history else []), serve]


def main(arguments: Sequence[str]) -> None:
    """Run the commands; exit with the code of a history that could not be made."""
    options = parser().parse_args(arguments)
    # Before all else, so that no history is made in vain.
    if fault := taken(options.port):
        sys.exit(fault)
    *before, serve = commands(options)
    for command in before:
        if code := subprocess.run(command, check=False).returncode:
            sys.exit(code)
    sys.stdout.write(f"metrics and status: http://127.0.0.1:{options.port}/ (Ctrl-C stops)\n")
    sys.stdout.flush()
    os.execv(serve[0], serve)


def parser() -> argparse.ArgumentParser:
    """Return the parser of what the Makefile passes."""
    made = argparse.ArgumentParser(prog="make run", description=__doc__)
    made.add_argument("logs", nargs="*", metavar="LOGS", help="files, globs or folders")
    made.add_argument("--port", default="10464")
    made.add_argument("--history", default="", help="where the logs' past is made first")
    return made


if __name__ == "__main__":
    main(sys.argv[1:])
