"""The section `account` in a running exporter: its metrics, and no leak of the key."""

from pathlib import Path

import pytest

from programs import exporter, exporter_command, get, running, wait_until
from zenmux_server import ZenMuxServer, error

KEY = "pl4nted-key.of-no-known-shape"


def configured(folder: Path, api: ZenMuxServer, key: str) -> str:
    """Write a key and a configuration; return the flag that names it."""
    (folder / "log.jsonl").touch()
    (folder / "key").write_text(key)
    path = folder / "exporter.yml"
    path.write_text(
        f"sources: [{{name: main, type: file, path: {folder}/log.jsonl}}]\n"
        f"account: {{key_file: {folder}/key, base_url: {api.url}}}\n"
    )
    return f"--config.file={path}"


def test_run(tmp_path: Path, api: ZenMuxServer) -> None:
    """Account metrics are part of `/metrics`, in both formats."""
    flag = configured(tmp_path, api, "sk-mg-v1-0123456789abcdef")
    with exporter(tmp_path, flag) as (program, url):
        shown = wait_until(
            lambda: 'platform_ttft"} 1' in (text := get(f"{url}/metrics")[1]) and text, "polled"
        )
        wait_until(
            lambda: "zenmux_account_balance_usd 482.74\n" in get(f"{url}/metrics")[1], "balance"
        )
        openmetrics = get(f"{url}/metrics", Accept="application/openmetrics-text")[1]
        assert program.stop() == 0
    assert shown.index("zenmux_exporter_api_errors_total") < shown.index(
        "zenmux_exporter_build_info"
    )
    assert 'zenmux_account_status{state="healthy"} 1\n' in openmetrics
    assert openmetrics.endswith("# EOF\n")
    assert {path for path, _ in api.asked} == {
        "payg/balance",
        "subscription/detail",
        "statistics/performance",
    }


def test_key_is_nowhere(tmp_path: Path, api: ZenMuxServer) -> None:
    """Metrics, page, API, log and ledger never contain the key, even if the server echoes it."""
    api.faults += [error(401, "access_denied", f"the key {KEY} is unknown")] * 8
    flag = configured(tmp_path, api, KEY)
    texts = {}
    with exporter(tmp_path, flag, "--log.level=debug") as (program, url):
        refused = 'endpoint="platform_ttft",kind="unauthorized"} 1'
        wait_until(lambda: refused in get(f"{url}/metrics")[1], "all endpoints are polled")
        for path in ("/", "/metrics", "/-/ready", "/api/v1/state"):
            texts[path] = get(url + path)[1]
        assert program.stop() == 0
        texts["log"] = program.log.read_text()
    texts |= {
        path.name: path.read_bytes().decode("latin-1") for path in (tmp_path / "state").iterdir()
    }

    assert f"Bearer {KEY}" in api.keys
    assert "the key *** is unknown" in texts["log"]
    assert [name for name, text in texts.items() if "pl4nted" in text] == []


@pytest.mark.parametrize("command", ["run", "check"])
def test_key_that_is_missing(command: str, tmp_path: Path, api: ZenMuxServer) -> None:
    """An empty key file is a configuration error that names the setting."""
    flag = configured(tmp_path, api, "")
    log = tmp_path / "told"
    with running(
        exporter_command(command, flag, f"--storage.path={tmp_path}/state"), log
    ) as program:
        assert program.process.wait(30) == 2
    assert f"account.key_file: {tmp_path}/key: is empty" in log.read_text()


def test_commands_that_need_no_key(tmp_path: Path, api: ZenMuxServer) -> None:
    """`once` runs without the key file and sends no API request."""
    flag = configured(tmp_path, api, "")
    (tmp_path / "key").unlink()
    line = '{"timestamp": 1793491200, "model": "m"}\n'
    (tmp_path / "log.jsonl").write_text(line)
    log = tmp_path / "told"
    with running(exporter_command("once", flag, f"{tmp_path}/log.jsonl"), log) as program:
        assert program.process.wait(30) == 0
    assert "zenmux_requests_total" in log.read_text()
    assert "zenmux_account" not in log.read_text()
    assert api.asked == []
