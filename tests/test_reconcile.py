"""`reconcile`: finds nothing where the exporter is right, and everything where it is not."""

import gzip
import json
import subprocess
from pathlib import Path

from loggen import generate
from programs import exporter, exporter_command, get, wait_until


def reconcile(url: str, *files: Path) -> subprocess.CompletedProcess[str]:
    """The command's outcome."""
    command = exporter_command("reconcile", f"--against={url}", *map(str, files))
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_reconcile(tmp_path: Path) -> None:
    """Equal up to the committed positions; a changed, a missing and an unknown file are told."""
    log, packed, unknown = (tmp_path / name for name in ("a.jsonl", "b.jsonl.gz", "unknown"))
    lines = generate(3, 300)
    packed.write_bytes(gzip.compress(b"\n".join(lines[:150]) + b"\n"))
    log.write_bytes(b"\n".join(lines[150:]) + b'\n{"half')
    unknown.write_text("{}\n")
    with exporter(tmp_path, str(packed), str(log)) as (_, url):
        wait_until(lambda: get(f"{url}/-/ready")[0] == 200, "the exporter is ready")
        same = reconcile(url, packed, log, unknown)
        less = reconcile(url, log)
        nobody = reconcile("http://127.0.0.1:1", log)
        state = json.loads(get(f"{url}/api/v1/state")[1])

    assert (same.returncode, same.stderr) == (0, "")
    assert same.stdout.splitlines() == [
        f"note: {log}: counted up to byte {log.stat().st_size - 6}, the rest is excluded",
        f"note: {unknown}: excluded, the exporter has not counted it",
        "no differences in 300 lines",
    ]
    assert less.returncode == 1
    assert f"note: {packed}: counted by the exporter" in less.stdout
    assert "zenmux_requests_total{" in less.stdout
    assert nobody.returncode == 1
    assert "Connection refused" in nobody.stderr
    assert {Path(one["path"]).name for one in state["positions"]} == {"a.jsonl", "b.jsonl.gz"}
