"""The runbooks' commands and queries can be pasted: they parse and name existing things."""

import re
import shlex

import promql_parser
import pytest

from exporter.catalogue import BY_NAME
from exporter.config.options import parse
from places import ROOT
from rules.rule_files import recorded, selectors

TEXT = (ROOT / "docs" / "runbooks.md").read_text()
SECTIONS = re.findall(r"^## (ZenMux\w+)\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE)
SUFFIXES = ("_bucket", "_sum", "_count")
PROMETHEUS = {"up", "process_cpu_seconds_total", "process_start_time_seconds"}
# Programs that runbooks may use.
PROGRAMS = {
    *("curl", "df", "journalctl", "kafka-configs.sh", "ls", "promtool", "sudo", "systemctl"),
    *("systemd-cgtop", "tail", "uptime", "zenmux-exporter"),
}


def blocks(language: str) -> list[str]:
    """Return the code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


QUERIES = [
    *blocks("promql"),
    # Also inline queries, as in "Look at".
    *(one for one in re.findall(r"`([^`]+)`", TEXT) if re.match(r"\w+ by \(|rate\(|count by", one)),
]
COMMANDS = [line for block in blocks("sh") for line in block.replace("\\\n", "").splitlines()]


@pytest.mark.parametrize(("name", "section"), SECTIONS)
def test_each_says_what_to_paste(name: str, section: str) -> None:
    """Every "Look at" has a command or query to paste."""
    found = re.search(r"\*\*Look at\.\*\*(.*?)\*\*Do\.\*\*", section, re.DOTALL)
    assert found, name
    assert re.search("```|`[^`]*[({=][^`]*`", found[1]), name


@pytest.mark.parametrize("query", QUERIES)
def test_queries_ask_for_what_exists(query: str) -> None:
    """Queries parse and select series of the exporter, the rules or Prometheus itself."""
    promql_parser.parse(query.replace("…", "x"))
    for selector in selectors(query.replace("…", "x")):
        base = selector.name
        for suffix in SUFFIXES:
            base = base.removesuffix(suffix) if base.removesuffix(suffix) in BY_NAME else base
        assert base in BY_NAME or base in recorded() or base in PROMETHEUS


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_are_understood(command: str) -> None:
    """Commands use known programs, and the exporter accepts its flags."""
    for part in command.partition("  #")[0].split(" | "):
        words = shlex.split(part)
        assert words[0] in PROGRAMS | {"head", "grep"}
        if words[0] == "zenmux-exporter" and words[1] not in {"check", "--version"}:
            parse(words[1:], {})


def test_blocks_are_of_a_known_kind() -> None:
    """All blocks are commands or queries, so the tests above cover them."""
    assert {*re.findall(r"^```(\w+)$", TEXT, re.MULTILINE)} == {"sh", "promql"}
    assert len(QUERIES) >= 40
    assert len(COMMANDS) >= 30
