"""Backfilled blocks equal those that promtool makes from text; Prometheus compacts both."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backfilling import DAY, KEEP, LABELS, NO_SCRAPE, NOW, config_of, demo_log, log_of
from exporter.backfill import MANIFEST, Wanted, backfill
from programs import prometheus, real_prometheus, wait_until

pytestmark = real_prometheus

MODELS = ('quo"te', "back\\slash", "two\nlines", "模型", "\U0001f600", " spaced ", "")
AMOUNTS = ("0.1", "0.3", "1e-12", "12345.678901234567", "999999.999999999999", "0.000001")


def odd_lines() -> Sequence[bytes]:
    """Return requests with odd labels, amounts and gaps, and with revised payouts."""
    rows = []
    for number in range(40):
        row: dict[str, object] = {
            "id": f"odd-{number // 2}",
            "timestamp": NOW - 3 * DAY + number * number * 90,
            "model": MODELS[number % len(MODELS)] or "m",
            "provider": MODELS[number % 3],
            "cost_usd": AMOUNTS[number % len(AMOUNTS)],
            "latency_ms": 10**number % 997,
            "output_tokens": 3**30 if number % 7 == 0 else number,
        }
        if number % 3 == 0:
            row["compensation"] = {"type": MODELS[number % 5], "payout_usd": f"0.{number + 1}"}
        rows.append(json.dumps(row).encode())
    return rows


def promtool(*arguments: str) -> str:
    """Run `promtool tsdb`, which must succeed; return its output."""
    done = subprocess.run(["promtool", "tsdb", *arguments], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def dumped(folder: Path) -> tuple[str, int]:
    """Return a digest and the number of all samples of a data folder."""
    (folder / "wal").mkdir(exist_ok=True)  # promtool's dump needs it
    digest, count = hashlib.sha256(), 0
    command = ["promtool", "tsdb", "dump", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as dump:
        assert dump.stdout is not None
        for line in dump.stdout:
            digest.update(line)
            count += 1
    assert dump.returncode == 0
    return digest.hexdigest(), count


def blocks(folder: Path) -> list[Path]:
    """Return the blocks of a data folder in order of time."""
    found = folder.glob("*/meta.json")
    return [path.parent for path in sorted(found, key=lambda one: meta(one.parent)["minTime"])]


def meta(block: Path) -> dict[str, Any]:
    """Return a block's metadata."""
    return dict(json.loads((block / "meta.json").read_text()))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The blocks of a log, and those that promtool makes from its text."""
    folder = tmp_path_factory.mktemp("blocks")
    _, lines = demo_log(folder, 3, 4, 20, NOW - DAY)
    config = config_of(folder, log_of(folder, [*lines, *odd_lines()]))
    own, texts, theirs = folder / "own", folder / "texts", folder / "theirs"
    wanted = Wanted(own, {**LABELS, "Env": 'pro"d\\'}, step=900)
    report = backfill(config, wanted, lambda: NOW)
    assert backfill(config, replace(wanted, out=texts, as_text=True), lambda: NOW).samples == (
        report.samples
    )
    assert (own / MANIFEST).exists()
    theirs.mkdir()
    for text in sorted(texts.glob("*.om")):
        command = ("create-blocks-from", "openmetrics", "--max-block-duration=18h")
        promtool(*command, str(text), str(theirs))
    return own, theirs


def test_all_samples_are_those_of_promtools_blocks(folders: tuple[Path, Path]) -> None:
    """All samples are bit-identical to promtool's."""
    own, theirs = map(dumped, folders)
    assert own[1] > 40_000
    assert own == theirs


def test_blocks_say_of_themselves_what_promtools_do(folders: tuple[Path, Path]) -> None:
    """Block metadata match promtool's except for ids and the number of chunks."""
    told = []
    for folder in folders:
        rows = [meta(block) for block in blocks(folder)]
        for row in rows:
            del row["ulid"], row["compaction"]["sources"], row["stats"]["numChunks"]
        told.append(rows)
    assert told[0] == told[1]
    assert len(told[0]) > 5


def test_promtool_finds_nothing_wrong(folders: tuple[Path, Path]) -> None:
    """`promtool tsdb list` and `analyze` work, and the statistics match."""
    told = [promtool("analyze", str(folder)).partition("\n\n")[0] for folder in folders]
    found = [text.splitlines()[1:] for text in told]
    assert found[0] == found[1]
    assert any(line.startswith("Postings") for line in found[0])
    assert promtool("list", "-r", str(folders[0])).count("\n") == len(blocks(folders[0])) + 1


def test_prometheus_compacts_them_with_its_own(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """Prometheus compacts a mix of both kinds of blocks without changing samples."""
    data = tmp_path / "data"
    pairs = zip(*map(blocks, folders), strict=True)
    for number, pair in enumerate(pairs):
        shutil.copytree(pair[number % 2], data / pair[number % 2].name)
    before = dumped(data)
    shutil.rmtree(data / "wal")
    count = len(blocks(data))
    with prometheus(tmp_path, NO_SCRAPE, *KEEP):
        # Prometheus checks once a minute. It deletes blocks while they are counted.
        wait_until(lambda: len([*data.glob("*/meta.json")]) < count, "blocks are compacted", 120)
    assert max(meta(block)["compaction"]["level"] for block in blocks(data)) > 1
    assert dumped(data) == before
