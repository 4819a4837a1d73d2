"""Files with a common beginning that differ within a record: each record counts once."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from cut_reading import MAX_LINE, Exporter, config_of
from exporter.backfill import Wanted, backfill
from exporter.count_files import count_once
from exporter.pipeline.ingest import specs
from exporter.reconcile.files import match
from exporter.reconcile.recount import recount
from exporter.sources import Sources

pytestmark = pytest.mark.slow

TIME = "2026-11-02T10:20:30Z"
Write = Callable[[Sequence[str]], str]


def record(number: int) -> str:
    """A record without an id, so it counts as often as it is read. All have the same beginning."""
    tokens = {"prompt": 1, "completion": number}
    return json.dumps({"timestamp": TIME, "model": "m", "tokens": tokens}, indent=1)


def pretty(records: Sequence[str]) -> str:
    """Objects over several lines."""
    return "".join(f"{one}\n" for one in records)


def prefixed(records: Sequence[str]) -> str:
    """Objects over several lines, after a text prefix."""
    return "".join(f"[INFO] shop: {one}\n" for one in records)


def array(records: Sequence[str]) -> str:
    """A JSON array over several lines."""
    return "[\n" + ",\n".join(records) + "\n]\n"


def packed_array(records: Sequence[str]) -> str:
    """A JSON array with one element a line."""
    return "[\n" + ",\n".join(json.dumps(json.loads(one)) for one in records) + "\n]"


def parts(records: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Yield the parts of each message and whether it is the last one."""
    for one in records:
        line = json.dumps(json.loads(one))
        yield from ((line[:20], False), (line[20:50], False), (line[50:], True))


def cri(records: Sequence[str]) -> str:
    """A Kubernetes log with split messages."""
    return "".join(f"{TIME} stdout {'PF'[last]} {part}\n" for part, last in parts(records))


def docker(records: Sequence[str]) -> str:
    """A Docker log with split messages."""
    return "".join(docker_line(part + "\n" * last) for part, last in parts(records))


def docker_line(text: str) -> str:
    """A line of a Docker log."""
    return json.dumps({"log": text, "stream": "stdout", "time": TIME}) + "\n"


def pretty_in_docker(records: Sequence[str]) -> str:
    """A Docker log with objects over several messages."""
    return "".join(docker_line(f"{line}\n") for one in records for line in one.split("\n"))


def pretty_in_cri(records: Sequence[str]) -> str:
    """A Kubernetes log with objects over several messages."""
    return "".join(f"{TIME} stdout F {line}\n" for one in records for line in one.split("\n"))


def journald(records: Sequence[str]) -> str:
    """A journal export with lines split for their length."""
    fields = {"__REALTIME_TIMESTAMP": "1793700000000000", "_PID": "1"}
    return "".join(
        json.dumps(fields | {"MESSAGE": part} | ({} if last else {"_LINE_BREAK": "line-max"}))
        + "\n"
        for part, last in parts(records)
    )


def nested(records: Sequence[str]) -> str:
    """Objects with an inner object alone on its line, like a complete record."""
    lines = (
        f'{{"timestamp": "{TIME}", "model": "m", "x": [\n{{"a": 1}}\n], "tokens":\n{tokens}\n}}\n'
        for one in records
        for tokens in (json.dumps(json.loads(one)["tokens"]),)
    )
    return "".join(lines)


WRITES: dict[str, Write] = {
    write.__name__: write
    for write in (
        pretty,
        prefixed,
        array,
        packed_array,
        cri,
        docker,
        pretty_in_docker,
        pretty_in_cri,
        journald,
        nested,
    )
}

# The numbers of the records in each file: none, some or many of them in common.
HOLD: dict[str, tuple[tuple[int, ...], ...]] = {
    "first line": ((1, 2), (3, 4)),
    "some records": ((1, 2, 3), (1, 2, 4), (1, 5, 6)),
    # So many that the common records are only partly read again.
    "many records": ((*range(1, 600), 2000), (*range(1, 600), 3000)),
}


def expected(held: Sequence[Sequence[int]]) -> int:
    """The sum of the numbers, with each common beginning once."""
    beginnings = {tuple(one[:end]) for one in held for end in range(1, len(one) + 1)}
    return sum(one[-1] for one in beginnings)


def completion(text: str) -> int:
    """Return the completion tokens of an exposition, which must have no invalid records."""
    assert 'result="invalid"} 0\n' in text
    rows = [row for row in text.split("\n") if row.startswith("zenmux_tokens_total{")]
    return sum(int(row.rsplit(" ", 1)[1]) for row in rows if '"completion"' in row)


def write_all(folder: Path, write: Write, held: Sequence[Sequence[int]]) -> list[Path]:
    """Write one file for each list of numbers."""
    paths = [folder / f"{index}.log" for index in range(len(held))]
    for path, numbers in zip(paths, held, strict=True):
        path.write_text(write([record(number) for number in numbers]))
    return paths


@pytest.fixture(params=WRITES)
def write(request: pytest.FixtureRequest) -> Write:
    """The function that writes records."""
    return WRITES[request.param]


@pytest.fixture(params=HOLD)
def held(request: pytest.FixtureRequest) -> tuple[tuple[int, ...], ...]:
    """The numbers of the records in each file."""
    return HOLD[request.param]


def test_in_turn(tmp_path: Path, write: Write, held: tuple[tuple[int, ...], ...]) -> None:
    """`once` and `backfill` count each record once."""
    write_all(tmp_path, write, held)
    config = config_of(tmp_path, tmp_path / "*.log")
    assert completion(count_once(config)) == expected(held)

    report = backfill(config, Wanted(tmp_path / "out", {}))

    numbers = {tuple(one[:end]) for one in held for end in range(1, len(one) + 1)}
    assert report.results["accepted"] == len(numbers)
    assert report.invalid == {}


class Follower(Exporter):
    """An exporter that follows the logs of a folder; its clock advances with each poll."""

    now = 1e9

    def __init__(self, folder: Path) -> None:
        """Continue from the ledger's positions."""
        super().__init__(folder, folder / "*.log")
        self.sources.close()
        positions = self.opened.restored.positions
        self.sources = Sources(specs(self.config), positions, MAX_LINE, lambda: self.now)

    def read_all(self, size: int) -> None:
        """Count everything there is."""
        for _ in range(3):
            Follower.now += 100
            self.sources.poll()
            while self.read(size):
                pass


@pytest.mark.parametrize("parts", [8, 1])
@pytest.mark.parametrize("one_by_one", [False, True])
def test_followed_and_recounted(
    tmp_path: Path, write: Write, held: tuple[tuple[int, ...], ...], parts: int, one_by_one: bool
) -> None:
    """`run` and `reconcile` agree, for files present at the start or created one by one."""
    # Blocks of a part of the first file, but of 1,000 bytes at least; or whole files.
    size = 1 << 20 if parts == 1 else max(1000, len(write([*map(record, held[0])])) // parts)
    exporter = Follower(tmp_path)
    for end in range(1, len(held) + 1) if one_by_one else (len(held),):
        write_all(tmp_path, write, held[:end])
        exporter.read_all(size)
        exporter.commit()
    paths = sorted(tmp_path.glob("*.log"))
    for path in paths:
        # A last line without a newline is read once its file is rotated.
        path.rename(path.with_suffix(".log.1"))
    exporter.read_all(size)
    exporter.commit()
    positions = tuple(exporter.state.positions.values())
    text, lag = exporter.text(), sum(file.lag_bytes for file in exporter.sources.status())
    exporter.close()

    assert (completion(text), lag) == (expected(held), 0)
    given = [str(path) for path in tmp_path.glob("*.log.1")]
    found = match(given, positions)
    assert (found.unknown, found.changed, found.not_given) == ((), (), ())
    assert completion(recount(exporter.config, found.matched).metrics) == expected(held)


@pytest.mark.parametrize("period", [23, 31])
def test_crash_anywhere(tmp_path: Path, write: Write, period: int) -> None:
    """Crashes and rolled-back batches don't change the totals."""
    held = HOLD["some records"]
    write_all(tmp_path, write, held)
    exporter = Follower(tmp_path)
    for step in range(1000):
        if not exporter.read(240):
            break
        if step % 4 == 0:
            exporter.commit()
        elif step % period == 5:
            exporter.take_back()
        elif step % period == 7:
            exporter.close()
            exporter = Follower(tmp_path)
    else:
        pytest.fail("reading does not end")
    exporter.commit()
    text = exporter.text()
    exporter.close()

    assert completion(text) == expected(held)


@pytest.mark.parametrize("cut", range(20, 120, 9))
def test_copy_that_goes_on_otherwise(tmp_path: Path, write: Write, cut: int) -> None:
    """A partial copy that continues with other records is counted from where it differs."""
    first, second = (write([record(n) for n in numbers]) for numbers in ((1, 2, 3), (1, 2, 4, 5)))
    (tmp_path / "0.log").write_text(first)
    exporter = Follower(tmp_path)
    exporter.read_all(100)
    copy = tmp_path / "1.log"
    for end in (len(second) * cut // 130, len(second)):
        copy.write_text(second[:end])
        exporter.read_all(50)
        exporter.commit()
        exporter.close()
        exporter = Follower(tmp_path)
    exporter.read_all(50)
    exporter.commit()
    text = exporter.text()
    exporter.close()

    assert completion(text) == 1 + 2 + 3 + 4 + 5
