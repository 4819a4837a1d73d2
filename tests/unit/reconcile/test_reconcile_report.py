"""What `reconcile` compares and prints, for handwritten states."""

import hashlib
from decimal import Decimal
from pathlib import Path

import pytest

from exporter.config import Config, Storage
from exporter.positions import Fingerprint, Position
from exporter.reconcile.command import compare_state
from exporter.reconcile.compare import Group, Row, compare
from exporter.reconcile.files import match
from exporter.reconcile.report import Report, printable
from exporter.reconcile.samples import parse
from exporter.reconcile.state import State
from exporter.values.masking import hashed

SECONDS = "zenmux_request_duration_seconds"


def position(path: str, offset: int = 10, started: int = 0) -> Position:
    """A position whose fingerprint matches no file."""
    return Position(path, "logs", path, 1, 2, Fingerprint(4, "x"), offset, started=started)


def test_report_text() -> None:
    """Missing files come first, then aligned columns of all metrics, then a summary."""
    report = Report(
        not_given=("a.jsonl",),
        not_counted=("b.jsonl",),
        groups=(
            Group("zenmux_requests_total", (Row('model="m"', Decimal(1_000_000), Decimal(1)),)),
            Group(
                "zenmux_cost_usd_total",
                (
                    Row('model="m",item="prompt"', Decimal("0.10"), Decimal("0.100000000001")),
                    Row('model="n"', Decimal("1E+3"), Decimal(0)),
                ),
            ),
        ),
        notes=("c.jsonl: 5 bytes are not counted yet",),
        records=1,
        files=2,
    )

    assert report.text().splitlines() == [
        "counted by the exporter, but not given; totals are expected to differ:",
        "  a.jsonl",
        "given, but not counted by the exporter; left out of the recount:",
        "  b.jsonl",
        "note: c.jsonl: 5 bytes are not counted yet",
        "labels                     exporter         recount       difference",
        "zenmux_requests_total",
        '  model="m"                 1000000               1          +999999',
        "zenmux_cost_usd_total",
        '  model="m",item="prompt"       0.1  0.100000000001  -0.000000000001',
        '  model="n"                    1000               0            +1000',
        "5 differences in 1 record of 2 files",
    ]


def test_differences_are_exact() -> None:
    """Differences of very large totals aren't rounded."""
    row = Row("", Decimal("123456789012345678901234567890.000000000001"), Decimal(1))

    assert str(row.difference) == "123456789012345678901234567889.000000000001"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain ünï.jsonl", "plain ünï.jsonl"),
        ("a\nb\x1b[31m", "a\\nb\\x1b[31m"),
        ("\udcff\udc80.gz", "\\xff\\x80.gz"),
        ("a\u202eb", "a\\u202eb"),
    ],
)
def test_printable(name: str, shown: str) -> None:
    """File names can't send control sequences to the terminal or break its encoding."""
    assert printable(name) == shown


def test_parse() -> None:
    """Values are exact, and label values are unescaped."""
    text = (
        "# HELP a_total x\n# TYPE a_total counter\n"
        'a_total{x="q\\"u\\\\o\\nte}, ",b="\u2028"} 0.1000000000000000000000000001\n'
        'h_bucket{le="+Inf"} 3\n'
        "plain +Inf\n"
    )

    assert parse(text) == {
        "a_total": {
            (("b", "\u2028"), ("x", 'q"u\\o\nte}, ')): Decimal("0.1000000000000000000000000001")
        },
        "h_bucket": {(("le", "+Inf"),): Decimal(3)},
        "plain": {(): Decimal("Infinity")},
    }


def histogram(count: int, first: int, total: str) -> str:
    """A histogram with two buckets."""
    return (
        f'{SECONDS}_bucket{{model="m",le="1.0"}} {first}\n'
        f'{SECONDS}_bucket{{model="m",le="+Inf"}} {count}\n'
        f'{SECONDS}_sum{{model="m"}} {total}\n{SECONDS}_count{{model="m"}} {count}\n'
    )


@pytest.mark.parametrize(
    ("other", "titles"),
    [
        (histogram(3, 2, "4.5"), []),
        (histogram(4, 2, "4.5"), ["count"]),
        (histogram(3, 2, "4.6"), ["sum"]),
        (histogram(4, 3, "4.6"), ["count", "sum"]),
        (histogram(3, 1, "4.5"), ["bucket"]),
        ("", ["count", "sum"]),
    ],
)
def test_histograms(other: str, titles: list[str]) -> None:
    """Differences in count and sum are listed; buckets only if both are equal."""
    groups = compare(parse(histogram(3, 2, "4.5")), parse(other), ())

    assert [group.title for group in groups] == [f"{SECONDS}_{title}" for title in titles]


def test_what_is_not_compared() -> None:
    """Gauges, process counters and sources that weren't given are skipped."""
    text = (
        "zenmux_last_request_timestamp_seconds 5\nzenmux_exporter_ids 7\n"
        "zenmux_exporter_checkpoint_failures_total 2\n"
        "zenmux_exporter_compensated_requests_unseen_total 3\n"
        'zenmux_exporter_records_total{source="other",result="accepted"} 9\n'
        'zenmux_exporter_records_total{source="mine",result="accepted"} 8\n'
    )
    groups = compare(parse(text), {}, {"mine"})

    assert [row.labels for group in groups for row in group.rows] == [
        'result="accepted",source="mine"'
    ]


def test_sources_without_positions(tmp_path: Path) -> None:
    """Standard input is listed as not given, because it can't be recounted."""
    text = 'zenmux_exporter_records_total{source="-",result="accepted"} 2\n'
    report = compare_state(Config(Storage(tmp_path)), State((), text), ())

    assert report.text().splitlines() == [
        "counted by the exporter, but not given; totals are expected to differ:",
        "  source - (standard input and pushed records keep no position)",
        "1 difference in 0 records of 0 files",
    ]


def test_positions_without_lines(tmp_path: Path) -> None:
    """Files without counted bytes needn't be given; secrets in names are masked."""
    positions = (
        position("skipped", started=10),
        position("empty", offset=0),
        position("/sk-ai-v1-secret", started=4),
    )
    report = compare_state(Config(Storage(tmp_path)), State(positions, ""), ())

    assert report.not_given == (f"/{hashed('sk-ai-v1-secret')} (6 bytes, source logs)",)


def test_another_beginning(tmp_path: Path) -> None:
    """A file whose beginning differs from the one counted under its name is reported."""
    log = tmp_path / "a.jsonl"
    log.write_text("other\n")
    state = State((position(str(log)),), "")
    report = compare_state(Config(Storage(tmp_path)), state, [str(log)])

    assert report.not_counted == (f"{log} (its beginning differs from what was counted)",)
    assert report.not_given == (f"{log} (10 bytes, source logs)",)


def test_paths_tell_equal_beginnings_apart(tmp_path: Path) -> None:
    """Files with equal beginnings are matched by path."""
    paths = [str(tmp_path / name) for name in ("a", "b", "c")]
    for path in paths:
        Path(path).write_bytes(b"same")
    fingerprint = Fingerprint(4, hashlib.blake2b(b"same", digest_size=16).hexdigest())
    positions = [Position(p, "logs", p, 0, 0, fingerprint, 4) for p in reversed(paths)]
    found = match(paths, positions)

    assert [(one.file.path, one.position.path) for one in found.matched] == [
        (path, path) for path in paths
    ]
