"""The format of log lines, and the suppression of repeats."""

import io
import json
import logging
import re
from collections.abc import Callable, Iterator

import pytest

from exporter import logs

SECRET = "sk-ai-v1-0123456789abcdef"


class Clock:
    """A clock that only moves when set."""

    now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock at 1000 s."""
    return Clock()


@pytest.fixture
def lines(clock: Clock) -> Iterator[Callable[..., list[str]]]:
    """Set up logging; return a function that returns the new lines, without their times."""
    root = logging.getLogger()
    former, level = list(root.handlers), root.level
    stream = io.StringIO()

    def read(level: str = "info", form: str = "logfmt") -> list[str]:
        if not stream.getvalue():
            logs.setup(level, form, stream, clock)
        found = stream.getvalue().splitlines()
        stream.seek(0)
        stream.truncate()
        return [re.sub(r"time=\S+ ", "", line) for line in found]

    yield read
    root.handlers[:] = former
    root.setLevel(level)


def test_logfmt(lines: Callable[..., list[str]]) -> None:
    """Values with spaces, quotes, equal signs or control characters are quoted."""
    lines()
    logs.get("a").info("100% read", source="a b", path="/x/*.gz", n=1, on=True, none=None, e="")
    logs.get("a").warning('a "b"', x="1=2", y="é\n\x9b\x7f", z="日本")

    assert lines() == [
        'level=info msg="100% read" source="a b" path=/x/*.gz n=1 on=true none=None e=""',
        'level=warn msg="a \\"b\\"" x="1=2" y="\\u00e9\\n\\u009b\\u007f" z=日本',
    ]


def test_time_is_utc_with_milliseconds() -> None:
    """Every line begins with its time, in UTC with milliseconds."""
    record = logging.makeLogRecord({"msg": "m", "levelno": logging.INFO, "created": 1.5})

    assert logs.Logfmt().format(record) == "time=1970-01-01T00:00:01.500Z level=info msg=m"


def test_json(lines: Callable[..., list[str]]) -> None:
    """Numbers stay numbers; values that JSON doesn't have become strings."""
    lines(form="json")
    logs.get("a").error("m", n=1, f=0.5, inf=float("inf"), on=False, none=None, p=("é",))
    (line,) = lines()
    found = json.loads(line)

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", found.pop("time"))
    assert list(found) == ["level", "msg", "n", "f", "inf", "on", "none", "p"]
    assert found == {
        "level": "error",
        "msg": "m",
        "n": 1,
        "f": 0.5,
        "inf": "inf",
        "on": False,
        "none": None,
        "p": "('é',)",
    }


def test_level(lines: Callable[..., list[str]]) -> None:
    """Events below the level aren't logged."""
    lines(level="warn")
    logs.get("a").info("less")
    logs.get("a").error("more")

    assert lines() == ["level=error msg=more"]


def test_setup_twice_logs_once(lines: Callable[..., list[str]]) -> None:
    """A second setup replaces the first."""
    lines()
    lines()
    logging.getLogger("other").warning("of %s", "a library")

    assert lines() == ['level=warn msg="of a library"']


def test_default_stream_is_standard_error(
    lines: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Logs go to standard error, because `once` prints metrics to standard output."""
    lines()
    logs.setup("info", "logfmt")
    logs.get("a").info("m")

    assert re.sub(r"time=\S+ ", "", capsys.readouterr().err) == "level=info msg=m\n"


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_secrets_are_masked(lines: Callable[..., list[str]], form: str) -> None:
    """A key secret is masked in messages, fields and tracebacks."""
    lines(form=form)
    try:
        int(SECRET)
    except ValueError:
        logs.get("a").exception(f"with {SECRET}", key=SECRET, path=f"/x{SECRET}")
    (line,) = lines()

    assert "0123" not in line
    assert "Traceback (most recent call last):\\n" in line


def test_a_source_keeps_its_name(lines: Callable[..., list[str]]) -> None:
    """A source's configured name isn't masked; other fields are."""
    lines()
    logs.get("a").info("read", source="ops@example.com", file="/logs/ops@example.com")

    assert lines() == ["level=info msg=read source=ops@example.com file=/logs/***@***"]


def test_repeats_are_held_back_and_counted(lines: Callable[..., list[str]], clock: Clock) -> None:
    """An event is logged once a minute, with the number of repeats suppressed in between."""
    log = logs.get("a")
    lines()
    for line in range(3):
        log.warning("bad", source="x", line=line)
    clock.now += 59.9
    log.warning("bad", source="x", line=3)
    clock.now += 0.1
    log.warning("bad", source="x", line=4)
    clock.now += 60
    log.warning("bad", source="x", line=5)

    assert lines() == [
        "level=warn msg=bad source=x line=0",
        "level=warn msg=bad source=x line=4 suppressed=3",
        "level=warn msg=bad source=x line=5",
    ]


def test_other_events_are_not_held_back(lines: Callable[..., list[str]]) -> None:
    """Events that differ in source, reason, level or logger aren't repeats; `always` logs all."""
    lines()
    logs.get("a").warning("m", source="x")
    logs.get("a").warning("m", source="y")
    logs.get("a").warning("m", source="y", reason="r")
    logs.get("a").error("m", source="x")
    logs.get("b").error("m", source="x")
    logs.get("b").error("m", source="x", always=True)
    logs.get("b").error("m", source="x", always=True)

    assert len(lines()) == 7


def test_repeats_are_bounded(clock: Clock) -> None:
    """Once full, the oldest remembered event is forgotten."""
    repeats = logs.Repeats(clock, remembered=2)
    records = [logging.makeLogRecord({"msg": text}) for text in "abcab"]

    assert [repeats.filter(record) for record in records] == [True] * 5
    assert repeats.filter(records[-1]) is False


def test_text_that_is_not_utf8() -> None:
    """Undecodable bytes of a file name are escaped in both formats."""
    record = logging.LogRecord("x", logging.INFO, "", 0, "read", (), None)
    record.fields = {"file": "bad\udcff\ud800\n.jsonl"}

    assert r'file="bad\\xff\ufffd\n.jsonl"' in logs.Logfmt().format(record)
    assert json.loads(logs.Json().format(record))["file"] == "bad\\xff\ufffd\n.jsonl"
