"""The systemd unit, checked by systemd's tools, and the exporter's `Type=notify` protocol."""

import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from exporter.cli.main import USAGE
from exporter.config.flags import FLAGS
from places import ROOT
from programs import exporter

FOLDER = ROOT / "packaging" / "systemd"
UNIT = FOLDER / "zenmux-exporter.service"
PROGRAM = "/opt/zenmux-exporter/bin/zenmux-exporter"
PAGE = (ROOT / "docs" / "install" / "systemd.md").read_text()
LINE = '{"id": "1", "model": "m", "timestamp": "2026-11-01T00:00:00Z"}\n'

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="needs systemd-analyze on the path"
)


def _analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `systemd-analyze`, which works on files without a running systemd."""
    command = ["systemd-analyze", "--no-pager", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@needs_systemd
def test_the_exposure_is_what_the_page_states() -> None:
    """The exposure score matches the page for the page's systemd version."""
    done = _analyze("security", "--offline=true", UNIT)
    (score,) = re.findall(r"Overall exposure level for \S+: ([\d.]+) OK", done.stdout)
    ((version, stated),) = re.findall(r"\(systemd (\d+)\) gives\s+([\d.]+) of 10", PAGE)

    if _analyze("--version").stdout.split()[1] == version:
        assert score == stated
    assert float(score) < 2


@needs_systemd
@pytest.mark.parametrize("drop_in", ["", "credentials.conf", "logs.conf"])
def test_systemd_finds_no_fault(tmp_path: Path, drop_in: str) -> None:
    """`systemd-analyze verify` accepts the unit alone and with each drop-in."""
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace(PROGRAM, sys.executable))
    if drop_in:
        (tmp_path / f"{UNIT.name}.d").mkdir()
        shutil.copy(FOLDER / drop_in, tmp_path / f"{UNIT.name}.d")
    done = _analyze("verify", "--man=no", "--recursive-errors=no", unit)

    assert [line for line in done.stderr.splitlines() if unit.name in line] == []
    assert done.returncode == 0


def test_the_environment_file_knows_the_flags() -> None:
    """The environment file has only ARGS and variables of flags."""
    defaults = (FOLDER / "zenmux-exporter.default").read_text()
    arguments, *names = re.findall(r"^#?([A-Z_]+)=", defaults, re.MULTILINE)
    set_by_unit = re.findall(r"^Environment=([A-Z_]+)=", UNIT.read_text(), re.MULTILINE)

    assert arguments == "ARGS"
    assert {*names, *set_by_unit} < {flag.variable for flag in FLAGS}


def test_wrong_usage_is_not_tried_again() -> None:
    """The unit does not restart after the exit code for wrong usage."""
    assert f"\nRestartPreventExitStatus={USAGE}\n" in UNIT.read_text()


def test_start_reload_and_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start, reload and stop send the notifications that `Type=notify` expects."""
    (tmp_path / "log.jsonl").write_text(LINE)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(30)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))

        def until(state: str) -> str:
            while state not in (text := manager.recv(4096).decode()):
                pass
            return text

        with exporter(tmp_path, str(tmp_path / "log.jsonl")) as (program, url):
            assert until("READY=1") == f"READY=1\nSTATUS=serving {url}/metrics"
            program.process.send_signal(signal.SIGHUP)
            until("RELOADING=1\nMONOTONIC_USEC=")
            until("READY=1")
            assert program.stop(signal.SIGTERM) == 0
            until("STOPPING=1")
