"""The command `zenmux-exporter`. Exit codes: 0 done, 1 failed, 2 wrong usage."""

import asyncio
import os
import sys
from collections.abc import Callable, Sequence

from .. import logs, memory
from ..app import serve
from ..config import Config, load, options
from ..count_files import count_once
from ..errors import ConfigError, ExporterError
from ..pipeline.first_lines import FirstLines
from ..values.masking import masked
from ..values.texts import printable
from . import output

DONE, FAILED, USAGE = 0, 1, 2
INTERRUPTED = 130  # as shells report a process killed by SIGINT: 128 + 2

log = logs.get(__name__)


def _run(config: Config, given: options.Options) -> None:
    origin = str(given.config_file or "")
    asyncio.run(serve(config, lambda: load(given.config_file, given), origin=origin))


def _once(config: Config, _given: options.Options) -> int:
    memory.tune()
    first_lines, unread = FirstLines(), list[ExporterError]()
    output.write(count_once(config, first_lines=first_lines, unread=unread))
    faults = [str(error) for error in unread]
    if first_lines.are_all_invalid:
        faults.append("no line is a valid record")
    return _told(faults)


def _check(_config: Config, _given: options.Options) -> None:
    output.write("configuration is valid\n")


def _demo(config: Config, _given: options.Options) -> None:
    # Imported here: other commands start faster without it.
    from .demo import run_demo

    run_demo(config)


def _reconcile(config: Config, given: options.Options) -> int:
    # Imported here: other commands start faster without it.
    from ..reconcile import reconcile

    report = reconcile(config, given.against or f"http://{config.web.listen_address}", given.files)
    output.write(printable(report.text()))
    return FAILED if report.differences else DONE


def _backfill(config: Config, given: options.Options) -> None:
    # Imported here: other commands start faster without it.
    from ..backfill import run

    output.write(printable(run(config, given)))


def _report(config: Config, given: options.Options) -> int:
    # Imported here: other commands start faster without it.
    from .tables import run_report

    memory.tune()
    text, faults = run_report(config, given)
    output.write(text)
    return _told(faults)


def _compensations(config: Config, given: options.Options) -> None:
    # Imported here: other commands start faster without it.
    from .tables import run_compensations

    output.write(run_compensations(config, given))


def _try(config: Config, given: options.Options) -> int:
    # Imported here: other commands start faster without it.
    from ..trial import try_files

    trial = try_files(config, given.files)
    output.write(trial.text)
    return DONE if trial.all_fit else FAILED


_COMMANDS: dict[str, Callable[[Config, options.Options], int | None]] = {
    "run": _run,
    "once": _once,
    "check": _check,
    "demo": _demo,
    "reconcile": _reconcile,
    "backfill": _backfill,
    "try": _try,
    "report": _report,
    "compensations": _compensations,
}


def _complain(text: str) -> None:
    sys.stderr.write(f"zenmux-exporter: {masked(printable(text))}\n")


def _told(faults: Sequence[str]) -> int:
    """Tell what went wrong; return the exit code."""
    for fault in faults:
        _complain(fault)
    return FAILED if faults else DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    output.set_up()
    given = options.parse(sys.argv[1:] if argv is None else argv, os.environ)
    logs.setup(given.log_level, given.log_format)
    try:
        config = load(given.config_file, given)
        return _COMMANDS[given.command](config, given) or DONE
    except ConfigError as error:
        for fault in error.faults:
            _complain(fault)
        return USAGE
    except ExporterError as error:
        _complain(str(error))
        return FAILED
    except KeyboardInterrupt:
        _complain("interrupted")
        return INTERRUPTED
