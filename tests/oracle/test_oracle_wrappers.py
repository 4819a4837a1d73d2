"""The oracle against logs unwrapped by hand: prefixes, envelopes and container logs."""

import bz2
import gzip
import json
import lzma
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from oracle import Oracle, Settings
from recounting import by, native, zenmux

ONE, TWO, THREE = (json.dumps(native(id=str(number))) for number in range(3))
UNTIMED = json.dumps({"model": "m", "id": "u"})
AT, UNIX = "2026-11-01T00:00:01.5Z", Decimal("1793491201.5")


def docker(log: str, stream: str = "stdout") -> str:
    """Return a line of Docker's json-file log."""
    return json.dumps({"log": log, "stream": stream, "time": AT})


def journald(message: Any) -> str:
    """Return a line of the journal as JSON."""
    return json.dumps({"__REALTIME_TIMESTAMP": "1793491201500000", "MESSAGE": message})


def counted(content: str | bytes, **settings: Any) -> Oracle:
    """Count a whole file with an oracle."""
    oracle = Oracle(Settings(**settings))
    data = content if isinstance(content, bytes) else content.encode()
    for line in data.split(b"\n"):
        oracle.feed("s", line)
    oracle.finish("s")
    return oracle


def outcome(oracle: Oracle) -> tuple[int, int]:
    """Return the numbers of accepted and invalid records."""
    found = by(oracle, "exporter_records", "result")
    assert set(found) <= {"accepted", "invalid"}
    return int(found.get("accepted", 0)), int(found.get("invalid", 0))


PRETTY = json.dumps(native(tokens={"prompt": 1}), indent=2)
ENVELOPES = [{"success": True, "data": native()}, {"data": [native(), zenmux()]}]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        # Text before the record, several on a line.
        (f"2026-11-01 00:00:00,123 [INFO] shop: {ONE}", (1, 0)),
        (f"{ONE}{TWO} {THREE}", (3, 0)), (f"[{ONE}, {TWO}]\n{THREE}", (3, 0)),
        (f"{ONE}\n[{TWO}, {THREE}]", (3, 0)), (f"{ONE} [trace=1]", (1, 0)),
        (f"{ONE} {{x}}", (1, 1)), (f"INFO {{user}} said {ONE}", (0, 1)),
        (f"no record\n{ONE}", (1, 1)), ("[INFO] started\n[1]\nnull", (0, 3)),
        (f"\ufeff{ONE}\r\n\r\n \t\n{TWO}", (2, 0)), (f"{ONE}\0\0\0{TWO}\0", (2, 0)),
        # One object over several lines; an unfinished one is invalid.
        (f"{PRETTY}\n{PRETTY}", (2, 0)), (f"INFO {PRETTY}\n{ONE}", (2, 0)),
        (f'{{"id": "torn",\n{ONE}', (1, 1)), (f'{{"id": "to\n{ONE}', (1, 1)),
        (f'{{"a": 1,\n{ONE}\n{TWO}', (2, 1)), ('{"a": 1,\n"b": 2,', (0, 1)),
        ('{"a":\n{"b": "to', (0, 1)), (f'{{\n"a": "to\n{ONE}', (1, 1)),
        ('{"a": 1,\nno json', (0, 2)), (f'{{"a": [\n{{"b": 1}}\n]}}\n{ONE}', (1, 1)),
        (f"{PRETTY[:-1]}\nINFO {ONE}", (1, 1)), (f"{ONE}{PRETTY[:-1]}\n}}", (2, 0)),
        # Envelopes.
        ("\n".join(map(json.dumps, ENVELOPES)), (3, 0)), ('{"data": []}', (0, 1)),
        ('{"success": true, "data": {}}', (0, 1)), ('{"data": [1, {}]}', (0, 2)),
        (json.dumps(native(data={"x": 1})), (1, 0)),
        # Arrays.
        (json.dumps([native(), zenmux()], indent=1), (2, 0)), ("[]", (0, 0)),
        (f"[\n{ONE},\n{TWO}\n]\n", (2, 0)), (f"[{{}}, 5, {ONE}]", (1, 2)),
        # Docker.
        ("\n".join((docker(f"{ONE}\n"), docker("started\n"), docker("\n"))), (1, 1)),
        ("\n".join((docker(ONE[:20]), docker(f"{TWO}\n", "stderr"), docker(f"{ONE[20:]}\n"))),
         (2, 0)),
        ("\n".join(docker(f"{row}\n") for row in PRETTY.split("\n")), (1, 0)),
        (docker(ONE), (1, 0)),
        # CRI.
        (f"{AT} stdout F {ONE}\n{AT} stderr F starting", (1, 1)),
        (f"{AT} stdout P {ONE[:20]}\n{AT} stderr F {TWO}\n{AT} stdout F {ONE[20:]}", (2, 0)),
        (f"{AT} stdout P {ONE[:20]}\n{AT} stdout P \n{AT} stdout F {ONE[20:]}", (1, 0)),
        ("\n".join(f"{AT} stdout F {row}" for row in PRETTY.split("\n")), (1, 0)),
        # Journald.
        (f"{journald(ONE)}\n{journald(list(TWO.encode()))}", (2, 0)),
        (f"{journald(f'shop: {ONE}')}\n{journald('started')}", (1, 1)),
        (f"{journald(PRETTY)}\n{journald(None)}", (1, 1)),
    ],
)  # fmt: skip
def test_around_the_record(content: str, expected: tuple[int, int]) -> None:
    """Records are found in any wrapper, and each line without one is invalid."""
    assert outcome(counted(content)) == expected


@pytest.mark.parametrize(
    "content",
    [
        docker(f"{UNTIMED}\n"),
        f"{docker(UNTIMED[:9])}\n{docker(f'{UNTIMED[9:]}')}\n{docker(chr(10))}",
        f"{AT} stdout F {UNTIMED}",
        journald(UNTIMED),
    ],
)
def test_the_wrappers_time(content: str) -> None:
    """A native record without a time takes the wrapper's."""
    assert counted(content).totals().newest == UNIX


def test_a_time_of_its_own_wins() -> None:
    """The record's own time takes precedence over the wrapper's."""
    assert counted(docker(f"{ONE}\n")).totals().newest == 1793491200


def test_an_event_has_no_time_but_its_own() -> None:
    """Events and ZenMux's records do not take the wrapper's time."""
    event = '{"event": "compensation", "compensation": {"payout_usd": 1}}'
    rows = [docker(f"{event}\n"), docker('{"generationId": "g", "model": "m"}\n')]

    assert by(counted("\n".join(rows)), "exporter_invalid_records", "reason") == {"missing_time": 2}


def test_forced_wrappers() -> None:
    """A configured wrapper turns detection by the first line off."""
    assert outcome(counted(f"{ONE}\n{docker(f'{TWO}{chr(10)}')}", wrapper="docker")) == (2, 0)
    assert outcome(counted(docker(f"{ONE}\n"), wrapper="lines")) == (0, 1)
    assert outcome(counted(f"{ONE}\n{docker(f'{TWO}{chr(10)}')}")) == (1, 1)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"a": "' + b"x" * 50 + b'"}', "line_too_long"),
        (b'{"a":\n"' + b"x" * 36, "line_too_long"), (b'{"a":\n"' + b"x" * 30, "not_json"),
        (b'{"a":\n"\xff', "not_utf8"),
        (b'{"a": 1,\n"b": 123456789,\n"c": 12345678901,', "line_too_long"),
        (b'{"a": "\xff"\n', "not_utf8"), (b'{"a":\n"\xff"\n', "not_utf8"),
    ],
)  # fmt: skip
def test_reasons(content: bytes, reason: str) -> None:
    """The length limit applies to lines and to objects over several lines."""
    found = by(counted(content, max_line=40), "exporter_invalid_records", "reason")

    assert reason in found


def test_parts_are_joined_as_bytes() -> None:
    """A character that is split between two parts is restored."""
    text = json.dumps(native(model="ü"), ensure_ascii=False).encode()
    cut = text.index("ü".encode()) + 1
    start = f"{AT} stdout ".encode()
    content = start + b"P " + text[:cut] + b"\n" + start + b"F " + text[cut:]

    assert by(counted(content), "requests", "model") == {"ü": 1}


@pytest.mark.parametrize("module", [gzip, bz2, lzma])
def test_archives(tmp_path: Path, module: Any) -> None:
    """Every stream of an archive is read."""
    ends = {gzip: ".gz", bz2: ".bz2", lzma: ".xz"}
    path = tmp_path / f"a.jsonl{ends[module]}"
    path.write_bytes(module.compress(ONE.encode() + b"\n") + module.compress(TWO.encode()))
    oracle = Oracle(Settings())
    oracle.feed_file("s", path)

    assert outcome(oracle) == (2, 0)
