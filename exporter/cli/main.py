"""The command `zenmux-exporter`. Exit codes: 0 done, 1 failed, 2 wrong usage.

Each command imports what it needs when it runs, so other commands and completion start faster.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence

from .. import logs
from ..config import Config, load, options
from ..errors import ConfigError, ExporterError
from ..values.masking import masked
from ..values.texts import printable
from . import output

DONE, FAILED, USAGE = 0, 1, 2
INTERRUPTED = 130  # as shells report a process killed by SIGINT: 128 + 2

log = logs.get(__name__)


def _run(config: Config, given: options.Options) -> None:
    import asyncio

    from ..app import serve

    origin = str(given.config_file or "")
    asyncio.run(serve(config, lambda: load(given.config_file, given), origin=origin))


def _warn_of_unread(config: Config) -> None:
    """Warn of sources whose records are not in files."""
    for source in config.configured:
        if source.is_pushed:
            log.warning("pushed records are in no file: not counted here", source=source.name)
        if source.type == "kafka":
            log.warning("records in Kafka are in no file: not counted here", source=source.name)


def _once(config: Config, _given: options.Options) -> int:
    from .. import memory
    from ..count_files import count_once
    from ..pipeline.first_lines import FirstLines

    memory.tune()
    _warn_of_unread(config)
    first_lines, unread = FirstLines(), list[ExporterError]()
    output.write(count_once(config, first_lines=first_lines, unread=unread))
    faults = [str(error) for error in unread]
    if first_lines.are_all_invalid:
        faults.append("no line is a valid record")
    return _told(faults)


def _check(config: Config, _given: options.Options) -> None:
    for doubt in _doubts(config):
        _complain(doubt)
    output.write("configuration is valid\n")


def _doubts(config: Config) -> Iterator[str]:
    """Yield warnings of settings that are valid, but maybe not intended."""
    from ..otlp import INSTALL, is_protobuf_installed
    from ..sources.expansion import expand

    if not config.sources and config.account is None:
        yield "no source is configured: run needs files on its command line"
    for source in config.sources:
        if source.type == "otlp" and not is_protobuf_installed():
            yield f"source {source.name}: {INSTALL}"
        kafka = source.kafka
        if kafka and kafka.sasl and kafka.sasl.mechanism == "PLAIN" and not kafka.tls:
            yield f"source {source.name}: without tls its password is sent in clear text"
        if source.path is not None:
            for one in expand(source.path).missing:
                yield f"source {source.name}: {one.path}: {one.reason}"


def _demo(config: Config, _given: options.Options) -> None:
    from .demo import run_demo

    run_demo(config)


def _reconcile(config: Config, given: options.Options) -> int:
    from ..reconcile import reconcile

    _warn_of_unread(config)
    report = reconcile(config, given.against or f"http://{config.web.listen_address}", given.files)
    output.write(printable(report.text()))
    return FAILED if report.differences else DONE


def _backfill(config: Config, given: options.Options) -> None:
    from ..backfill import run

    _warn_of_unread(config)
    output.write(printable(run(config, given)))


def _report(config: Config, given: options.Options) -> int:
    from .. import memory
    from .tables import run_report

    memory.tune()
    _warn_of_unread(config)
    text, faults = run_report(config, given)
    output.write(text)
    return _told(faults)


def _compensations(config: Config, given: options.Options) -> None:
    from .tables import run_compensations

    output.write(run_compensations(config, given))


def _try(config: Config, given: options.Options) -> int:
    from ..trial import try_files

    trial = try_files(config, given.files)
    output.write(trial.text)
    return DONE if trial.all_fit else FAILED


def _kafka(config: Config, given: options.Options) -> None:
    from .kafka import run_kafka

    output.write(run_kafka(config, given))


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
    "kafka": _kafka,
}


def _complain(text: str) -> None:
    sys.stderr.write(f"{options.PROGRAM}: {masked(printable(text))}\n")


def _told(faults: Sequence[str]) -> int:
    """Print the faults; return the exit code."""
    for fault in faults:
        _complain(fault)
    return FAILED if faults else DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    output.set_up()
    given = options.parse(sys.argv[1:] if argv is None else argv, os.environ)
    logs.setup(given.log_level, given.log_format)
    for variable, near in options.unknown_variables(os.environ):
        hint = f"did you mean {near}?" if near else "run --help lists the known ones"
        log.warning("unknown environment variable", variable=variable, hint=hint, always=True)
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
