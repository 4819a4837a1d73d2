"""The command `zenmux-exporter`: arguments in, exit code out (0 done, 1 failed, 2 wrong usage)."""

import asyncio
import os
import sys
from collections.abc import Callable, Sequence

from . import logs, options
from .app import serve
from .config import Config, load
from .errors import ConfigError, ExporterError
from .once import count_once

DONE, FAILED, USAGE = 0, 1, 2

log = logs.get(__name__)


def _run(config: Config) -> None:
    asyncio.run(serve(config))


def _once(config: Config) -> None:
    sys.stdout.write(count_once(config))


def _check(_config: Config) -> None:
    sys.stdout.write("configuration is valid\n")


_COMMANDS: dict[str, Callable[[Config], None]] = {"run": _run, "once": _once, "check": _check}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command."""
    given = options.parse(sys.argv[1:] if argv is None else argv, os.environ)
    logs.setup(given.log_level, given.log_format)
    try:
        config = load(given.config_file, given)
        _COMMANDS[given.command](config)
    except ConfigError as error:
        for fault in error.faults:
            sys.stderr.write(f"zenmux-exporter: {fault}\n")
        return USAGE
    except ExporterError as error:
        sys.stderr.write(f"zenmux-exporter: {error}\n")
        return FAILED
    except BrokenPipeError:
        return FAILED
    return DONE
