"""docs/push.md: its examples run unchanged, and a real shipper delivers with one."""

import json
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from exporter.ledger.receipts import MAX_HOURS, MAX_RECEIPTS
from exporter.pipeline.pushes import ANSWER_SECONDS, MAX_BATCHES, MAX_WAITING_BYTES
from exporter.receipts import ERRORS_KEPT
from exporter.sources import ENCODINGS
from exporter.sources.bodies import MAX_BYTES, MAX_LINES
from exporter.web.limits import Limits
from places import ROOT
from programs import get, running, wait_until
from pushing import PATH, TOKEN, push, record, taking

PAGE = (ROOT / "docs" / "push.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def block(language: str, start: str) -> str:
    """Return the example that starts with a text."""
    (found,) = (one for kind, one in BLOCKS if kind == language and one.startswith(start))
    return str(found)


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An exporter with the environment that the examples expect."""
    with taking(tmp_path) as (_, address):
        monkeypatch.setenv("ZENMUX_TOKEN", TOKEN)
        monkeypatch.setenv("ZENMUX_EXPORTER", address)
        yield address


def test_curl(url: str, tmp_path: Path) -> None:
    """The curl command pushes a file and gets the documented answer."""
    (tmp_path / "requests.jsonl").write_text(record(1) + record(2) + '{"timestamp": 1793491200}\n')
    command = ["bash", "-c", block("sh", "curl")]
    for _ in range(2):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
        assert json.loads(done.stdout) == json.loads(block("json", "{"))
    assert 'zenmux_exporter_records_total{source="push",result="accepted"} 2' in metrics(url)


def test_python(url: str, tmp_path: Path) -> None:
    """The Python program pushes a record."""
    done = subprocess.run(
        [sys.executable, "-c", block("python", "import")],
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout.startswith("{'accepted': 1,")


def metrics(url: str) -> str:
    """Return the exposition."""
    return get(f"{url}/metrics")[1]


needs_syslog_ng = pytest.mark.skipif(
    not any(Path("/usr/lib/syslog-ng").glob("*/libhttp.so")) or not shutil.which("syslog-ng"),
    reason="needs syslog-ng with its HTTP module (syslog-ng-core, syslog-ng-mod-http)",
)


@needs_syslog_ng
@pytest.mark.real
def test_syslog_ng(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Syslog-ng delivers each record of a log once, across a kill of the exporter."""
    log, queue, config = (tmp_path / name for name in ("a.jsonl", "queue", "syslog-ng.conf"))
    queue.mkdir()
    config.write_text(block("", "@version"))
    rows = [record(number, id=f"gen_{number}") for number in range(3000)]
    log.write_text("".join(rows[:1000]))
    with taking(tmp_path) as (program, url):
        for name, value in (("LOG", log), ("QUEUE", queue), ("TOKEN", TOKEN), ("EXPORTER", url)):
            monkeypatch.setenv(f"ZENMUX_{name}", str(value))
        files = [f"--{name}={tmp_path / name}" for name in ("persist-file", "control", "pidfile")]
        command = ["syslog-ng", "-F", "-e", "--no-caps", f"--cfgfile={config}", *files]
        with running(command, tmp_path / "syslog-ng.log") as shipper:
            shipped(url, 1000)
            program.stop(signal.SIGKILL)
            with log.open("a") as file:
                file.write("".join(rows[1000:2000]))
            address = url.removeprefix("http://")
            with taking(tmp_path, "", f"--web.listen-address={address}") as (_, again):
                assert again == url
                shipped(url, 2000)
                with log.open("a") as file:
                    file.write("".join(rows[2000:]))
                shipped(url, 3000)
                assert "zenmux_requests_total" in metrics(url)
            assert shipper.process.poll() is None


def shipped(url: str, number: int) -> None:
    """Wait until exactly `number` records are accepted."""
    start = 'zenmux_exporter_records_total{source="push",result="accepted"} '
    wait_until(
        lambda: any(row == f"{start}{number}" for row in metrics(url).split("\n")),
        f"{number} records are shipped",
        60,
    )


def test_vector() -> None:
    """Vector's sink sends raw lines with the token in batches within the limits."""
    sink = yaml.safe_load(block("yaml", "sources:\n  requests"))["sinks"]["exporter"]

    assert (sink["type"], sink["method"]) == ("http", "post")
    assert sink["uri"].endswith(f":10464{PATH}")
    assert sink["compression"] in ENCODINGS
    assert (sink["encoding"]["codec"], sink["framing"]["method"]) == ("text", "newline_delimited")
    assert sink["auth"]["strategy"] == "bearer"
    assert sink["batch"]["max_bytes"] < MAX_BYTES
    assert sink["batch"]["max_events"] < MAX_LINES
    assert sink["request"]["timeout_secs"] > ANSWER_SECONDS


def test_fluent_bit() -> None:
    """Fluent Bit's output sends JSON Lines with the token and adds no time field."""
    (output,) = yaml.safe_load(block("yaml", "pipeline"))["pipeline"]["outputs"]

    assert (output["name"], output["format"], output["uri"]) == ("http", "json_lines", PATH)
    assert output["json_date_key"] is False
    assert output["compress"] in ENCODINGS
    name, scheme, _ = shlex.split(output["header"])
    assert (name, scheme) == ("Authorization", "Bearer")


def test_numbers() -> None:
    """The page's limits match the code."""
    told = (
        f"at most {MAX_BYTES >> 20} MiB, decompressed, and\n{MAX_LINES:,} lines",
        f"the first {ERRORS_KEPT}, and",
        f"{MAX_HOURS} hours, and the newest {MAX_RECEIPTS:,}",
        f"{MAX_WAITING_BYTES >> 20} MiB, {MAX_BATCHES:,} batches",
        f"longer than {ANSWER_SECONDS:.0f} s",
        f"{Limits().body_stall_seconds:.0f} s for its next part",
        f"{Limits().body_seconds:.0f} s for all of it",
    )
    assert [one for one in told if one not in PAGE] == []
    assert len({one for one in ENCODINGS if f"`{one}`" in PAGE or one in PAGE}) >= 2


def test_sources_example(tmp_path: Path) -> None:
    """The page's sources accept only their formats."""
    with taking(tmp_path, block("yaml", "sources:\n  - name: shop")) as (_, url):
        assert push(url, record(1), query="?source=shop")[1]["accepted"] == 1
        assert push(url, record(1), query="?source=gateway")[1]["rejected"] == 1
