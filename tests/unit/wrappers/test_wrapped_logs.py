"""Records in any wrapper count like plain ones, wherever reading is interrupted."""

import json
import random
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cut_reading import STEPS, Exporter, config_of, cut_and_straight, requests, totals
from effort import examples
from exporter.count_files import count_once


def records(seed: int, count: int) -> list[str]:
    """Records without ids, so that one read twice would count twice; with nested objects."""
    chance = random.Random(seed)
    return [
        json.dumps(
            {
                "timestamp": "2026-11-02T10:20:30Z",
                "model": chance.choice(("a", 'b"{', "c}\\", "ü")),
                "tokens": {"prompt": chance.randint(1, 9), "completion": n + 1},
                "x": [{"timestamp": 1}, "{", chance.choice(("", "y" * 60))],
            }
        )
        for n in range(count)
    ]


Wrap = Callable[[random.Random, Sequence[str]], list[str]]


def plain(chance: random.Random, found: Sequence[str]) -> list[str]:
    """One record a line, some with a text prefix, with garbage in between."""
    lines = []
    for record in found:
        lines += [chance.choice(("", "[INFO] shop: ", "\t")) + record]
        lines += ["garbage"] * (chance.random() < 0.2)
    return lines


def pretty(chance: random.Random, found: Sequence[str]) -> list[str]:
    """Records over several lines, some without a line break between, some truncated."""
    text = ""
    for record in found:
        whole = json.dumps(json.loads(record), indent=chance.choice((None, 0, 2)))
        text += whole + chance.choice(("\n", "\n", "", ",\n"))
        if chance.random() < 0.2:
            # Truncated after a member, so that no record can continue it.
            text = text.rstrip(",\n") + '\n{\n"torn": 1,\n"more": {\n'
    return text.split("\n")


def holes(chance: random.Random, found: Sequence[str]) -> list[str]:
    """Records over several lines, some with NULs at the end of a line."""
    lines = pretty(chance, found)
    return [line + "\0" * chance.choice((0, 0, 1, 9)) for line in lines]


def docker(chance: random.Random, found: Sequence[str]) -> list[str]:
    """A Docker log with two streams and messages split anywhere."""
    return _interleaved(
        chance,
        pretty(chance, found),
        lambda stream, text, is_last: json.dumps(
            {"log": text + "\n" * is_last, "stream": stream, "time": "2026-11-02T10:20:31Z"}
        ),
    )


def cri(chance: random.Random, found: Sequence[str]) -> list[str]:
    """A CRI log with two streams and messages split anywhere."""
    return _interleaved(
        chance,
        pretty(chance, found),
        lambda stream, text, is_last: f"2026-11-02T10:20:31Z {stream} {'PF'[is_last]} {text}",
    )


def _interleaved(
    chance: random.Random, lines: Sequence[str], write: Callable[[str, str, bool], str]
) -> list[str]:
    """Split lines and put lines of a second stream between the parts."""
    written = []
    others = 0
    for line in lines:
        rest = line
        while rest and chance.random() < 0.5:
            cut = chance.randint(1, len(rest))
            written.append(write("stdout", rest[:cut], False))
            rest = rest[cut:]
            if chance.random() < 0.3:
                others += 1
                written.append(write("stderr", f"other {others} {{", others % 2 == 0))
        written.append(write("stdout", rest, True))
    return written


def journald(chance: random.Random, found: Sequence[str]) -> list[str]:
    """A journal export with messages as text or bytes, and another program in between."""
    lines = []
    for number, line in enumerate(pretty(chance, found)):
        message = line if chance.random() < 0.5 else list(line.encode())
        stamp = str(1793700000000000 + number)
        lines.append({"__REALTIME_TIMESTAMP": stamp, "_PID": "1", "MESSAGE": message})
        if chance.random() < 0.2:
            lines.append({"__REALTIME_TIMESTAMP": stamp, "_PID": "2", "MESSAGE": '{"x":'})
    return [json.dumps(line) for line in lines]


WRAPS: dict[str, Wrap] = {
    "plain": plain,
    "pretty": pretty,
    "holes": holes,
    "docker": docker,
    "cri": cri,
    "journald": journald,
}


@settings(max_examples=examples(24, 240), deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(sorted(WRAPS)))
def test_wrapped_records_count_as_plain(seed: int, wrap: str) -> None:
    """Wrapped records have the totals of the same records as plain lines."""
    found = records(seed, 12)
    with tempfile.TemporaryDirectory() as directory:
        log, good = Path(directory, "app.log"), Path(directory, "good.jsonl")
        good.write_text("".join(f"{record}\n" for record in found))
        log.write_text("\n".join(WRAPS[wrap](random.Random(seed), found)))
        text, expected = (count_once(config_of(Path(directory), path)) for path in (log, good))

    assert requests(text) == requests(expected)
    assert "line_too_long" not in text


@settings(max_examples=examples(60, 600), deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(sorted(WRAPS)), STEPS)
@pytest.mark.slow
def test_reading_is_cut_anywhere(seed: int, wrap: str, steps: list[tuple[str, int]]) -> None:
    """Crashes, rolled-back batches and reads of any size don't change totals, without ids."""
    chance = random.Random(seed)
    data = "\n".join([*WRAPS[wrap](chance, records(seed, 12)), ""]).encode()
    text, expected = cut_and_straight(data, steps)

    assert totals(text) == totals(expected)


def test_going_back_to_where_reading_stands(tmp_path: Path) -> None:
    """After a rewind to the last commit, an unfinished object is still continued."""
    (record,) = records(1, 1)
    log = tmp_path / "app.log"
    exporter = Exporter(tmp_path, log)
    middle = record.index(" ")
    for part in (record[:middle] + "\n", record[middle:] + "\n"):
        with log.open("a") as file:
            file.write(part)
        exporter.sources.poll()
        while exporter.read(1 << 20):
            pass
        exporter.commit()
        exporter.take_back()
        exporter.take_back()
    text = exporter.text()
    exporter.close()

    assert 'result="accepted"} 1\n' in text
    assert 'result="invalid"} 0\n' in text
