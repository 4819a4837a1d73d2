"""Unread files and invalid lines are logged once, with a remedy."""

import errno
import os
from dataclasses import replace
from typing import Any

import pytest

from clocks import Clock
from exporter.errors import Reason
from exporter.metrics.process import ProcessMetrics
from exporter.metrics.text_format import Format
from exporter.pipeline.first_lines import FirstLines, remedy_of
from exporter.pipeline.troubles import Troubles
from exporter.sources import FileState, FileStatus, SourceStatus

FOLLOWED = FileStatus("main", "a.log", 10, 0, 1.0, "")
MISSING = FileStatus("main", "*.log", 0, 0, 0.0, "no file matches", FileState.missing)
DENIED = FileStatus("main", "b.log", 0, 9, 0.0, os.strerror(errno.EACCES), FileState.unreadable)
LOST = FileStatus("main", "c.log", 5, 0, 0.0, "7 bytes were not read", FileState.lost)
BEYOND = FileStatus("main", "*.log", 0, 9, 0.0, "more than 4", FileState.beyond_cap, 30)
DELETED = replace(FOLLOWED, last_error="the file is deleted but still mounted")
COPY = replace(FOLLOWED, state=FileState.copy, last_error="holds what b.log holds")


@pytest.mark.parametrize("trouble", [MISSING, DENIED, LOST, BEYOND, DELETED])
def test_each_trouble_is_told_once(
    clock: Clock, told: list[dict[str, Any]], trouble: FileStatus
) -> None:
    """A problem is logged once with file, reason and remedy, and again only if it recurs."""
    troubles = Troubles(clock)
    for _ in range(3):
        troubles.look([FOLLOWED, COPY, trouble])
        clock.now += 100
    (warning,) = told
    assert warning["level"] == "WARNING"
    assert (warning["source"], warning["file"]) == ("main", trouble.path)
    assert (warning["files"], warning["reason"]) == (trouble.files, trouble.last_error)
    assert len(warning["remedy"]) > 10
    told.clear()
    troubles.look([FOLLOWED])
    over = [row for row in told if row["level"] == "INFO"]
    assert len(over) == (trouble.state in {FileState.missing, FileState.unreadable, "beyond_cap"})
    told.clear()
    for _ in range(2):
        troubles.look([FOLLOWED, trouble])
        clock.now += 10
    assert [row["reason"] for row in told] == [trouble.last_error]


def test_remedy_fits_the_reason(clock: Clock, told: list[dict[str, Any]]) -> None:
    """A missing permission and a damaged file have different remedies."""
    damaged = replace(DENIED, path="d.gz", last_error="invalid block type")
    Troubles(clock).look([DENIED, damaged])
    assert "user" in told[0]["remedy"]
    assert "repair or replace" in told[1]["remedy"]


def test_rotation_is_no_trouble(clock: Clock, told: list[dict[str, Any]]) -> None:
    """A file that is missing for a few seconds isn't logged."""
    troubles = Troubles(clock)
    for files in ([FOLLOWED], [MISSING], [FOLLOWED], [MISSING]):
        troubles.look(files)
        clock.now += 4
    assert told == []
    clock.now += 4
    troubles.look([MISSING])
    assert len(told) == 1


def test_many_at_once_are_summed_up(clock: Clock, told: list[dict[str, Any]]) -> None:
    """Ten files are logged one by one; one line sums up the rest."""
    many = [replace(DENIED, path=f"{number}.log") for number in range(10_000)]
    troubles = Troubles(clock)
    troubles.look(many)
    assert len(told) == 11
    assert told[-1]["files"] == 9990
    troubles.look(many)
    assert len(told) == 11


def note(
    lines: FirstLines, source: str, file: str, offset: int, rejected: dict[Reason, int]
) -> None:
    """Note invalid lines whose first one begins at an offset."""
    lines.note(source, file, dict.fromkeys(rejected, offset), 0, rejected)


BAD = {Reason.not_json: 40, Reason.missing_time: 10}


def test_hundred_invalid_lines(clock: Clock, told: list[dict[str, Any]]) -> None:
    """Logged once, with the most frequent reason and the position of its first line."""
    lines = FirstLines(clock)
    note(lines, "main", "a.log", 7, {Reason.missing_time: 10})
    note(lines, "main", "a.log", 99, BAD)
    lines.check()
    assert told == []
    note(lines, "main", "a.log", 200, {Reason.not_json: 40})
    (warning,) = told
    named = {name: warning[name] for name in ("source", "file", "position", "lines", "reason")}
    assert named == {
        "source": "main",
        "file": "a.log",
        "position": 99,
        "lines": 100,
        "reason": "not_json",
    }
    assert warning["remedy"].startswith(remedy_of(Reason.not_json))
    assert "zenmux-exporter try FILE" in warning["remedy"]
    note(lines, "main", "a.log", 300, {Reason.not_json: 500})
    lines.finish()
    assert len(told) == 1
    assert lines.rejected() == {"missing_time": 20, "not_json": 580}


@pytest.mark.parametrize("valid", ["accepted", "amended", "duplicate", "pending"])
def test_one_valid_line_is_enough(clock: Clock, told: list[dict[str, Any]], valid: str) -> None:
    """A valid line of any result prevents the warning, for its own source only."""
    lines = FirstLines(clock)
    block = lines.of_block("main", "a.log")
    block.reached({"invalid": 50}, {Reason.not_json: 50}, {Reason.not_json: 0})
    block.reached({"invalid": 99, valid: 1}, {Reason.not_json: 99}, {Reason.not_json: 0})
    assert (lines.lines, lines.rejected()) == (100, {"not_json": 99})
    note(lines, "main", "a.log", 0, {Reason.not_json: 500})
    note(lines, "other", "b.log", 0, {Reason.bad_time: 3})
    lines.finish()
    assert [row["source"] for row in told] == ["other"]
    assert not lines.are_all_invalid
    assert lines.sources["other"].is_all_invalid


def test_few_lines_are_judged_when_it_is_quiet(clock: Clock, told: list[dict[str, Any]]) -> None:
    """With few lines, the warning waits until no more have come for some seconds."""
    lines = FirstLines(clock)
    note(lines, "main", "a.log", 0, {Reason.not_json: 1})
    clock.now += 4
    lines.check()
    assert told == []
    clock.now += 4
    lines.check()
    lines.check()
    assert len(told) == 1


def test_blank_lines_are_nothing(clock: Clock, told: list[dict[str, Any]]) -> None:
    """A source with only blank lines isn't reported as invalid."""
    lines = FirstLines(clock)
    note(lines, "main", "a.log", 0, {})
    lines.finish()
    assert told == []
    assert not lines.are_all_invalid


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_remedy(reason: Reason) -> None:
    """Each reason for rejection has a remedy for the log."""
    assert len(remedy_of(reason)) > 20


def test_sources_that_are_gone_are_not_exposed() -> None:
    """A source removed from the configuration is no longer exposed, so its alerts resolve."""
    process = ProcessMetrics(demo=False)
    states = dict.fromkeys(FileState, 0) | {FileState.missing: 1}
    one, other = (SourceStatus(name, 5, 1.0, "x", states) for name in ("one", "other"))
    process.set_sources([one, other])
    assert 'source_files{source="one",state="missing"} 1.0' in process.render(Format.TEXT).decode()
    process.set_sources([other])
    text = process.render(Format.TEXT).decode()
    assert 'source="one"' not in text
    rows = [row for row in text.splitlines() if row.startswith("zenmux_exporter_source_files{")]
    assert len(rows) == len(FileState)
