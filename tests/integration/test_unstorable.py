"""Lines that the ledger refuses count as invalid; everything else counts.

A trigger in the ledger's database causes real errors.
"""

import gzip
import json
import signal
import sqlite3
import subprocess
from pathlib import Path

from anything import accepted, command, line, scraped, totals
from programs import exporter, exporter_command, get, wait_until

POISON = "poison"


def refusing(directory: Path) -> None:
    """Create a ledger that refuses labels with `poison`."""
    with exporter(directory, str(directory / "none.jsonl")) as (program, _):
        program.stop()
    with sqlite3.connect(directory / "state" / "ledger.sqlite") as database:
        database.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON label_set WHEN instr(NEW.labels, 'poison') "
            "BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
    database.close()


def poisoned(start: int, size: int, bad: set[int]) -> tuple[str, str]:
    """Return lines of which some can't be stored, and the same without those."""
    rows = [
        line("native", start + n, "model", f'"{POISON}"' if n in bad else f'"m{n % 7}"')
        for n in range(size)
    ]
    return "".join(rows), "".join(row for row in rows if POISON not in row)


def invalid(text: str) -> int:
    """Return the number of unstorable lines."""
    start = "zenmux_exporter_invalid_records_total{"
    rows = [row for row in text.split("\n") if row.startswith(start) and "unstorable" in row]
    return sum(int(row.rsplit(" ", 1)[1]) for row in rows)


def requests(text: str) -> list[str]:
    """Return the totals without the exporter's own."""
    return [row for row in totals(text) if not row.startswith("zenmux_exporter_")]


def test_lines_that_cannot_be_stored(tmp_path: Path) -> None:
    """Unstorable lines are logged once with their positions and not retried after a restart."""
    refusing(tmp_path)
    log, packed, good = (tmp_path / name for name in ("a.jsonl", "b.jsonl.gz", "good"))
    first, first_good = poisoned(0, 400, {0, 1, 150, 151, 399})
    second, second_good = poisoned(1000, 200, {77})
    long = '{"x": "' + "y" * (1 << 20) + '"}\n'
    log.write_text(first[: first.index("\n") + 1] + long + first[first.index("\n") + 1 :] + long)
    packed.write_bytes(gzip.compress(second.encode()))
    good.write_text(first_good + second_good)
    expected = requests(command("once", str(good)).stdout.decode())
    with exporter(tmp_path, str(log), str(packed)) as (program, url):
        wait_until(lambda: invalid(get(f"{url}/metrics")[1]) == 6, "all of them are found")
        text = scraped(url, 594)
        told = [row for row in program.log.read_text().split("\n") if "counts as invalid" in row]
        assert program.stop(signal.SIGKILL) == -signal.SIGKILL
    with exporter(tmp_path, str(log), str(packed)) as (program, url):
        again = scraped(url)
        assert "counts as invalid" not in program.log.read_text()
        with log.open("a") as file:
            file.write(line("native", 5000, "model", '"later"'))
        wait_until(lambda: 'model="later"' in get(f"{url}/metrics")[1], "counting continues")

    assert requests(text) == requests(again) == expected
    assert invalid(text) == invalid(again) == 6
    assert 'reason="line_too_long"} 2' in text
    assert len(told) == 6
    whole = log.read_bytes()
    places = [int(row.partition("position=")[2].split(" ")[0]) for row in told if "a.jsonl" in row]
    assert len(places) == 5
    assert all(POISON.encode() in whole[at : whole.index(b"\n", at)] for at in places)
    assert all(at == 0 or whole[at - 1 : at] == b"\n" for at in places)


def test_records_over_several_lines(tmp_path: Path) -> None:
    """An unstorable record over several lines is left out alone."""
    refusing(tmp_path)
    text, good = poisoned(0, 60, {0, 20, 21, 59})
    log = tmp_path / "a.json"
    log.write_text("".join(json.dumps(json.loads(row), indent=1) for row in text.splitlines()))
    (tmp_path / "good").write_text(good)
    expected = requests(command("once", str(tmp_path / "good")).stdout.decode())
    with exporter(tmp_path, str(log)) as (program, url):
        # The last record has no newline, so it is read only once the file is rotated.
        text = scraped(url, 56)
        assert program.stop(signal.SIGKILL) == -signal.SIGKILL
    with exporter(tmp_path, str(log)) as (program, url):
        again = scraped(url)
        log.rename(tmp_path / "a.json.1")
        wait_until(lambda: invalid(get(f"{url}/metrics")[1]) == 4, "the last one is found")

    assert requests(text) == requests(again) == expected
    assert invalid(text) == invalid(again) == 3


def test_standard_input_that_cannot_be_stored(tmp_path: Path) -> None:
    """Lines of standard input are recounted from memory after a refused commit."""
    refusing(tmp_path)
    text, good = poisoned(0, 300, {3, 120, 299})
    (tmp_path / "good").write_text(good)
    expected = requests(command("once", str(tmp_path / "good")).stdout.decode())
    options = ("--web.listen-address=127.0.0.1:0", f"--storage.path={tmp_path / 'state'}")
    log = tmp_path / "stdin.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            exporter_command("run", *options, "-"), stdin=subprocess.PIPE, stderr=sink
        )
    try:
        assert process.stdin is not None
        process.stdin.write(text.encode())
        process.stdin.close()
        address = wait_until(
            lambda: " ".join(log.read_text().partition("address=")[2].split()[:1]), "it listens"
        )
        url = f"http://{address}"
        wait_until(lambda: sum(accepted(get(f"{url}/metrics")[1].split("\n"))) == 297, "counted")
        wait_until(lambda: invalid(get(f"{url}/metrics")[1]) == 3, "all lines are read")
        assert requests(scraped(url)) == expected
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()
