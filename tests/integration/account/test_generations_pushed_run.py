"""Ids pushed to a running exporter: its answers, and each id resolved once."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from asking_exporter import account, asking, sample, succeeded
from programs import exporter_command, get, wait_until
from pushing import counts, push, request, settings
from zenmux_server import ZenMuxServer

IDS = "?source=ids"


def ids(start: int, end: int) -> str:
    """Lines of ids."""
    return "".join(f"gen_{number}\n" for number in range(start, end))


def test_killed_after_the_answer(tmp_path: Path, api: ZenMuxServer) -> None:
    """Ids answered with 200 are resolved even if the exporter is killed right after."""
    api.generations = {f"gen_{number}": 0 for number in range(200)}
    for number in range(0, 200, 50):
        with asking(tmp_path, api) as (program, url):
            status, answer = push(url, ids(number, number + 50), query=IDS)
            program.stop(9)
            assert (status, counts(answer)) == (200, (50, 0, 0, 0, 0))
    with asking(tmp_path, api) as (program, url):
        wait_until(lambda: succeeded(url) == 200, "all are counted once")
        status, answer = push(url, ids(0, 200), query=IDS)
        assert (status, counts(answer)) == (200, (0, 200, 0, 0, 0))
        name = 'zenmux_exporter_generations_open{source="ids"}'
        wait_until(lambda: sample(url, name) == 0, "none is open")
        assert succeeded(url) == 200
        assert program.stop() == 0
    (folder,) = (tmp_path / "state" / "generations").iterdir()
    assert [*(folder / "pushed").iterdir()] == []


def test_killed_while_clients_push(tmp_path: Path, api: ZenMuxServer) -> None:
    """After a kill during many pushes, acknowledged ids are resolved and none counts twice."""
    api.generations = {f"gen_{number}": 0 for number in range(400)}

    def send(number: int) -> int:
        try:
            status, _, _ = request(url, ids(number, number + 2), query=IDS)
        except OSError:
            return 0
        if number == 100:
            program.stop(9)
        return status

    with asking(tmp_path, api) as (program, url), ThreadPoolExecutor(8) as pool:
        told = dict(zip(range(0, 400, 2), pool.map(send, range(0, 400, 2)), strict=True))
    pairs = [(number, number + 1) for number, status in told.items() if status == 200]
    answered = {f"gen_{number}" for pair in pairs for number in pair}
    assert 0 < len(answered) < 400
    with asking(tmp_path, api) as (program, url):
        name = 'zenmux_exporter_generations_open{source="ids"}'
        wait_until(
            lambda: sample(url, name) == 0 and succeeded(url) >= len(answered), "all resolved"
        )
        status, answer = push(url, "".join(f"{one}\n" for one in answered), query=IDS)
        assert (status, counts(answer)) == (200, (0, len(answered), 0, 0, 0))
        push(url, ids(0, 400), query=IDS)
        wait_until(lambda: succeeded(url) == 400 and sample(url, name) == 0, "each is counted once")
        assert program.stop() == 0


def test_restart_asks_for_no_id_again(tmp_path: Path, api: ZenMuxServer) -> None:
    """Ids counted after one that is still open are not requested again."""
    # `open_1` is unknown to the server, so it stays open.
    api.generations = {f"gen_{number}": 0 for number in range(20)}
    done = 'zenmux_exporter_generations_total{source="ids",result="resolved"}'
    file = tmp_path / "ids.log"
    file.write_text("open_1\n" + ids(0, 10))
    for expected in (20, 10, 10):
        with asking(tmp_path, api, f", path: {file}") as (program, url):
            push(url, ids(10, 20), query=IDS)
            wait_until(lambda: succeeded(url) == 20, "all are counted")
            wait_until(lambda: ("generation", {"id": "open_1"}) in api.asked, "it is open")
            is_done = partial(lambda number: sample(url, done) == number, expected)
            wait_until(is_done, "only the first id is open")
            program.stop(9)
        asked = [query["id"] for path, query in api.asked if path == "generation"]
        assert {one: asked.count(one) for one in set(asked) - {"open_1"}} == {
            f"gen_{number}": 1 for number in range(20)
        }


def test_what_clients_are_told(tmp_path: Path, api: ZenMuxServer) -> None:
    """Tokens, sources and lines are checked as for records; an id is its own idempotency key."""
    api.generations = {"gen_1": 0}
    with asking(tmp_path, api) as (_, url):
        assert push(url, "gen_1\n", query=IDS, token="a-wrong-token-of-many")[0] == 401
        status, answer = push(url, "gen_1\n", query="?source=other")
        assert (status, answer["error"]) == (
            400,
            "unknown source; sources for pushed records: push, ids",
        )
        key = {"Idempotency_Key": "a"}
        status, answer = push(url, 'no id\n{"id": "gen_1", "prompt": "x"}', query=IDS, **key)
        assert (status, counts(answer)) == (200, (1, 0, 0, 1, 0))
        assert answer["errors"] == [{"line": 1, "reason": "no_id"}]
        assert counts(push(url, "gen_1", query=IDS, **key)[1]) == (0, 1, 0, 0, 0)
        assert push(url, b"\x1f\x8bno gzip", query=IDS, Content_Encoding="gzip")[0] == 400
        assert push(url, "x\n" * 50_001, query=IDS)[0] == 413
        wait_until(lambda: succeeded(url) == 1, "it is counted")


def test_it_is_shown_as_it_was_configured(tmp_path: Path, api: ZenMuxServer) -> None:
    """The log, the page and `check` name the file of ids, or the endpoint if there is none."""
    file = tmp_path / "ids.log"
    with asking(tmp_path, api, f", path: {file}") as (program, url):
        assert program.logged(rf'sources="?ids: {file}')
        page = wait_until(
            lambda: "there is no such file" in (p := get(url)[1]) and p, "the file is missing"
        )
        assert f"<b>ids</b> <code>{file}" in page
    with asking(tmp_path, api) as (program, url):
        assert program.logged("sources=.*ids: POST /api/v1/records")
        wait_until(
            lambda: "<b>ids</b> <code>POST /api/v1/records" in get(url)[1], "endpoint on page"
        )

    text = f"sources: [{{name: ids, type: generation_ids, path: {file}}}]\n"
    config = settings(tmp_path, text + account(tmp_path, api))
    command = exporter_command("check", f"--config.file={config}")
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"source ids: {file}: " in done.stderr
    file.touch()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stderr, done.stdout) == ("", "configuration is valid\n")
