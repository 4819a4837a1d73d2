"""Parse command lines and environment variables, and report wrong ones."""

import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from exporter.config.commands import COMMANDS
from exporter.config.flag import Flag
from exporter.config.flags import FLAGS
from exporter.config.options import Options, default_storage_path, parse, unknown_variables
from exporter.values.moments import Moment

HOME = {"HOME": "/home/me"}
STATE = Path("/home/me/.local/state/zenmux-exporter")


def test_defaults() -> None:
    """Options that aren't given stay unset, for the file and the defaults."""
    assert parse(["run"], HOME) == Options("run", STATE, log_level="info", log_format="logfmt")


@pytest.mark.parametrize("command", COMMANDS)
def test_flags_stand_before_or_behind_the_command(command: str) -> None:
    """A flag may stand before or after the command and its files."""
    expected = parse([command, "--log.level=debug", *files(command)], HOME)

    assert parse(["--log.level=debug", command, *files(command)], HOME) == expected
    assert parse([command, *files(command), "--log.level", "debug"], HOME) == expected
    assert expected.log_level == "debug"


def files(command: str) -> list[str]:
    """Arguments that the command takes."""
    return ["a", "-"] if COMMANDS[command].files else []


def test_flags_between_files() -> None:
    """Flags between files don't end the list of files."""
    options = parse(["run", "a", "--config.file=c.yml", "b", "-", "--log.format=json"], HOME)

    assert (options.files, options.config_file) == (("a", "b", "-"), Path("c.yml"))


VALUES = {
    "config.file": ("c.yml", Path("c.yml")),
    "web.listen-address": (":1", ":1"),
    "web.enable-lifecycle": ("true", True),
    "web.config.file": ("web.yml", Path("web.yml")),
    "storage.path": ("/s", Path("/s")),
    "seek": ("requests/3=12", ("requests", 3, 12)),
    "storage.on-corruption": ("restart", "restart"),
    "against": ("http://a:1", "http://a:1"),
    "out": ("o", Path("o")),
    "labels": ("job=llm,env=prod", {"job": "llm", "env": "prod"}),
    "start": ("2026-11-01T00:00:00Z", 1_793_491_200),
    "end": ("1793491200", 1_793_491_200),
    "step": ("60", 60),
    "format": ("openmetrics", "openmetrics"),
    "yes": ("true", True),
    "since": ("7d", Moment(ago_ms=7 * 86_400_000)),
    "until": ("now", Moment(ago_ms=0)),
    "view": ("cost", "cost"),
    "by": ("api_key", "api_key"),
    "time-zone": ("Europe/Berlin", ZoneInfo("Europe/Berlin")),
    "url": ("https://a:1", "https://a:1"),
    "credentials.file": ("me", Path("me")),
    "from": ("2026-11-01", Moment(local=datetime(2026, 11, 1))),  # noqa: DTZ001 - of any zone
    "to": ("1793491200", Moment(at_ms=1_793_491_200_000)),
    "time": ("paid", "paid"),
    "type": ("high_latency", "high_latency"),
    "model": ("m", "m"),
    "provider": ("p", "p"),
    "api-key": ("shop", "shop"),
    "limit": ("5", 5),
    "log.level": ("warn", "warn"),
    "log.format": ("json", "json"),
}


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag.name)
def test_every_flag_has_a_variable(flag: Flag) -> None:
    """A flag and its variable set the same option; an empty variable sets nothing."""
    text, value = VALUES[flag.name]
    argument = f"--{flag.name}" if flag.switch else f"--{flag.name}={text}"

    only = flag.only[0] if flag.only else "run"
    command = [only, "file"] if COMMANDS[only].files else [only]
    by_flag = parse([*command, argument], HOME)

    assert getattr(by_flag, flag.field) == value
    assert parse(command, HOME | {flag.variable: text}) == by_flag
    assert parse(command, HOME | {flag.variable: ""}) == parse(command, HOME)


def test_flag_wins_over_variable() -> None:
    """A flag overrides its variable, also to switch something off."""
    environ = HOME | {
        "ZENMUX_EXPORTER_WEB_LISTEN_ADDRESS": ":1",
        "ZENMUX_EXPORTER_WEB_ENABLE_LIFECYCLE": "1",
        "ZENMUX_EXPORTER_PORT": "tcp://10.0.0.1:10464",
    }
    options = parse(["--no-web.enable-lifecycle", "run", "--web.listen-address=:2"], environ)

    assert (options.listen_address, options.enable_lifecycle) == (":2", False)


ADDRESS = "must be host:port, :port or [IPv6 address]:port"
LEVELS = "'debug', 'info', 'warn', 'error'"
WRONG = [
    ([], {}, "Missing command. (try 'zenmux-exporter --help')"),
    (["chekc"], {}, "No such command 'chekc'. Did you mean 'check'?"),
    (
        ["once"],
        {},
        "Missing argument 'FILE_OR_GLOB...'. (for example: zenmux-exporter once 'logs/*.jsonl')",
    ),
    (
        ["check", "a.yml"],
        {},
        "check takes no files. Did you mean '--config.file=a.yml'? "
        "(try 'zenmux-exporter check --help')",
    ),
    (["check", "--config.file", "a", "b"], {}, "check takes no files. (try"),
    (["demo", "a\nb"], {}, r"demo takes no files. Did you mean '--config.file=a\nb'?"),
    (["run", "--nope"], {}, "No such option '--nope'. (try 'zenmux-exporter run --help')"),
    (["run", "a", "--log.level=info", "b", "-x"], {}, "No such option '-x'."),
    (["run", "-config.file=a"], {}, "No such option '-c'. (flags begin with two dashes;"),
    (
        ["run", "--web.listen=:1"],
        {},
        "No such option '--web.listen'. Did you mean '--web.listen-address'?",
    ),
    (["run", "--web.telemetry-path=x"], {}, "No such option '--web.telemetry-path'."),
    (
        ["run", "--web.listen-address=x"],
        {},
        f"Invalid value for '--web.listen-address': {ADDRESS}",
    ),
    (["run", "--config.file="], {}, "Invalid value for '--config.file': must not be empty"),
    (["--config.file=", "run"], {}, "Invalid value for '--config.file': must not be empty"),
    (["run", "--config.file"], {}, "Option '--config.file' requires an argument."),
    (
        ["run", "--log.level=loud"],
        {},
        f"Invalid value for '--log.level': 'loud' is not one of {LEVELS}.",
    ),
    (
        ["run"],
        {"ZENMUX_EXPORTER_LOG_FORMAT": "xml"},
        "Invalid value for environment variable 'ZENMUX_EXPORTER_LOG_FORMAT': "
        "'xml' is not one of 'logfmt', 'json'.",
    ),
    (
        ["run"],
        {"ZENMUX_EXPORTER_WEB_ENABLE_LIFECYCLE": "maybe"},
        "Invalid value for environment variable 'ZENMUX_EXPORTER_WEB_ENABLE_LIFECYCLE': "
        "'maybe' is not a valid boolean.",
    ),
    *(
        (["backfill", f"--{flag}={text}"], {}, f"Invalid value for '--{flag}': {says}")
        for flag, text, says in (
            ("step", "0", "must be whole seconds from 1 to 300"),
            ("step", "1m", "must be whole seconds from 1 to 300"),
            ("end", "tomorrow", "must be now or a time such as 2026-11-01T00:00:00Z"),
            ("labels", "job", "must be NAME=VALUE, several separated by commas"),
            ("labels", "__name__=x", "must be NAME=VALUE, several separated by commas"),
            ("format", "csv", "'csv' is not one of 'blocks', 'openmetrics'."),
        )
    ),
    (["run", "--out=x"], {}, "'--out' does not apply to run."),
    (["once", "--storage.path=/x", "a"], {}, "'--storage.path' does not apply to once."),
    (
        ["--no-web.enable-lifecycle", "once", "a"],
        {},
        "'--web.enable-lifecycle' does not apply to once.",
    ),
]


@pytest.mark.parametrize(("argv", "environ", "message"), WRONG)
def test_wrong_usage(
    argv: list[str], environ: dict[str, str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong usage exits with status 2 and a one-line message that ends with a hint."""
    with pytest.raises(SystemExit) as caught:
        parse(argv, HOME | environ)
    told = capsys.readouterr()

    assert caught.value.code == 2
    assert told.err.startswith(f"zenmux-exporter: {message}")
    assert re.search(r"(try|for example:) .+\)\n$", told.err)
    assert (told.err.count("\n"), told.out) == (1, "")


def test_unknown_variables() -> None:
    """Misspelt variables come with the nearest name; variables of Kubernetes are ignored."""
    environ = {
        "ZENMUX_EXPORTER_LISTEN": ":1",
        "ZENMUX_EXPORTER_LOG_LEVLE": "info",
        "ZENMUX_EXPORTER_QQQ": "",
        "ZENMUX_EXPORTER_LOG_LEVEL": "info",
        "ZENMUX_EXPORTER_INTERPRETED": "1",
        "ZENMUX_EXPORTER_SERVICE_HOST": "10.0.0.1",
        "ZENMUX_EXPORTER_SERVICE_PORT_HTTP": "10464",
        "ZENMUX_EXPORTER_PORT_10464_TCP_ADDR": "10.0.0.1",
        "ZENMUX_EXPORTER_BLUE_SERVICE_HOST": "10.0.0.2",
        "OTHER": "x",
    }
    assert list(unknown_variables(environ)) == [
        ("ZENMUX_EXPORTER_LISTEN", "ZENMUX_EXPORTER_WEB_LISTEN_ADDRESS"),
        ("ZENMUX_EXPORTER_LOG_LEVLE", "ZENMUX_EXPORTER_LOG_LEVEL"),
        ("ZENMUX_EXPORTER_QQQ", None),
    ]


def test_variables_that_mean_nothing_to_a_command_are_ignored() -> None:
    """Commands share an environment, so `once` ignores the variables of `run`."""
    assert parse(["once", "a"], HOME | {"ZENMUX_EXPORTER_STORAGE_PATH": "/x"}).files == ("a",)


@pytest.mark.parametrize("argv", [["--version"], ["run", "--version"]])
def test_version(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Version and build are printed as Prometheus does, with or without a command."""
    with pytest.raises(SystemExit) as caught:
        parse(argv, {})

    assert caught.value.code == 0
    assert re.fullmatch(
        r"zenmux-exporter, version \d+\.\d+\.\d+\S* \(branch: \S+, revision: \S+\)\n"
        r"  build date:   \S+\n  platform:     \w+/\w+\n"
        r"  python:       [\d.]+\S*, (?:compiled|interpreted)\n",
        capsys.readouterr().out,
    )


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"XDG_STATE_HOME": "/state"} | HOME, Path("/state/zenmux-exporter")),
        ({"XDG_STATE_HOME": "relative"} | HOME, STATE),
        (HOME, STATE),
        ({}, Path("~/.local/state/zenmux-exporter").expanduser()),
    ],
)
def test_default_storage_path(environ: dict[str, str], expected: Path) -> None:
    """The default is XDG_STATE_HOME if absolute, otherwise ~/.local/state."""
    assert default_storage_path(environ) == expected
