"""What the help of each command lists."""

import pytest

from exporter.config.commands import COMMANDS
from exporter.config.flags import FLAGS
from exporter.config.options import parse


@pytest.mark.parametrize("argv", [["--help"], *([command, "--help"] for command in COMMANDS)])
def test_help_shows_defaults_and_variables(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Help lists each flag with its default and variable, within 80 columns."""
    with pytest.raises(SystemExit) as caught:
        parse(argv, {})
    lines = capsys.readouterr().out.splitlines()
    text = " ".join(" ".join(lines).split())

    assert caught.value.code == 0
    assert max(map(len, lines)) <= 80
    for flag in FLAGS:
        command = COMMANDS.get(argv[0])
        if (flag.only and argv[0] not in flag.only) or (command and flag.name in command.without):
            continue
        assert f"--{flag.name}" in text
        assert f"(default: {flag.default}; environment: {flag.variable})" in text


def help_of(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return a command's help."""
    with pytest.raises(SystemExit):
        parse([command, "--help"], {})
    return capsys.readouterr().out


def test_help_of_once_hides_what_means_nothing_to_it(capsys: pytest.CaptureFixture[str]) -> None:
    """A command's help lists only flags that apply to it."""
    text = help_of("once", capsys)

    assert "--config.file" in text
    assert "--storage" not in text
    assert "--web" not in text


@pytest.mark.parametrize(("command", "reads"), [("report", True), ("reconcile", False)])
def test_help_tells_who_reads_a_pipe(
    command: str, *, reads: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """`reconcile` needs positions, which a pipe does not have."""
    text = " ".join(help_of(command, capsys).split())

    assert ("- is standard input" in text) is reads


def test_help_of_kafka_takes_directories(capsys: pytest.CaptureFixture[str]) -> None:
    """The arguments of `kafka` are no log files."""
    text = help_of("kafka", capsys)

    assert "directory of a ledger" in text
    assert "JSON Lines" not in text
