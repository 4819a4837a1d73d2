"""Serve the demo or log files with the installed exporter (`make run`)."""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from .free_port import taken
from .logs import globs

# The installed exporter of this environment, which may be compiled.
EXPORTER = str(Path(sys.executable).parent / "zenmux-exporter")


def commands(options: argparse.Namespace) -> list[list[str]]:
    """Return the commands to run one after the other; the last one serves."""
    logs = globs(options.logs)
    history = [[EXPORTER, "backfill", f"--out={options.history}", *logs]]
    listen = f"--web.listen-address=127.0.0.1:{options.port}"
    serve = [EXPORTER, listen, *(["run", *logs] if logs else ["demo"])]
    return [*(history if logs and options.history else []), serve]


def main(arguments: Sequence[str]) -> None:
    """Run the commands; exit with the code of the backfill if it fails."""
    options = parser().parse_args(arguments)
    # Check first, before a long backfill.
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
    """Return the parser for the arguments that the Makefile passes."""
    made = argparse.ArgumentParser(prog="make run", description=__doc__)
    made.add_argument("logs", nargs="*", metavar="LOGS", help="files, globs or folders")
    made.add_argument("--port", default="10464")
    made.add_argument("--history", default="", help="backfill the logs into this folder first")
    return made


if __name__ == "__main__":
    main(sys.argv[1:])
