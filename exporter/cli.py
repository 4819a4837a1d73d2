"""The command `zenmux-exporter`: arguments in, exit code out (0 done, 1 failed, 2 wrong usage)."""

import asyncio
import os
import sys
from collections.abc import Callable, Sequence

from . import logs, memory, options
from .app import serve
from .config import Config, load
from .errors import ConfigError, ExporterError
from .once import count_once

DONE, FAILED, USAGE = 0, 1, 2
INTERRUPTED = 130  # 128 and the number of SIGINT, as shells have it

log = logs.get(__name__)


def _run(config: Config, given: options.Options) -> None:
    asyncio.run(serve(config, lambda: load(given.config_file, given)))


def _once(config: Config, _given: options.Options) -> None:
    memory.settle()
    sys.stdout.write(count_once(config))


def _check(_config: Config, _given: options.Options) -> None:
    sys.stdout.write("configuration is valid\n")


def _demo(config: Config, _given: options.Options) -> None:
    # The demo's tables are of no use to other commands.
    from .demonstration import run_demo

    run_demo(config)


def _reconcile(config: Config, given: options.Options) -> int:
    # A recount is of no use to other commands.
    from .reconciliation import reconcile

    report = reconcile(config, given.against or f"http://{config.web.listen_address}", given.files)
    sys.stdout.write(report.text())
    return FAILED if report.differences else DONE


def _backfill(config: Config, given: options.Options) -> None:
    # The making of histories is of no use to other commands.
    from .backfill import run

    sys.stdout.write(run(config, given))


_COMMANDS: dict[str, Callable[[Config, options.Options], int | None]] = {
    "run": _run,
    "once": _once,
    "check": _check,
    "demo": _demo,
    "reconcile": _reconcile,
    "backfill": _backfill,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command."""
    given = options.parse(sys.argv[1:] if argv is None else argv, os.environ)
    logs.setup(given.log_level, given.log_format)
    try:
        config = load(given.config_file, given)
        return _COMMANDS[given.command](config, given) or DONE
    except ConfigError as error:
        for fault in error.faults:
            sys.stderr.write(f"zenmux-exporter: {fault}\n")
        return USAGE
    except ExporterError as error:
        sys.stderr.write(f"zenmux-exporter: {error}\n")
        return FAILED
    except BrokenPipeError:
        return FAILED
    except KeyboardInterrupt:
        sys.stderr.write("zenmux-exporter: interrupted\n")
        return INTERRUPTED
