"""Generation ids in a running exporter: counted once, also across a kill."""

from decimal import Decimal
from pathlib import Path

from programs import exporter, get, wait_until
from zenmux_server import PAYG_KEY, Fault, ZenMuxServer


def test_slow_answer_holds_up_no_other(tmp_path: Path, api: ZenMuxServer) -> None:
    """A hanging request delays neither other ids nor the stop."""
    api.generations = {"gen_1": 0}
    api.faults.append(Fault(hangs=True))
    ids = tmp_path / "ids.log"
    ids.write_text("slow_1\n")
    (tmp_path / "key").write_text(PAYG_KEY)
    config = tmp_path / "exporter.yml"
    config.write_text(
        f"sources: [{{name: ids, type: generation_ids, path: {ids}}}]\n"
        f"account: {{key_file: {tmp_path}/key, base_url: {api.url}, baseline: false}}\n"
    )
    api.generations["slow_1"] = 0
    with exporter(tmp_path, f"--config.file={config}") as (program, url):
        wait_until(lambda: ("generation", {"id": "slow_1"}) in api.asked, "it is requested")
        with ids.open("a") as log:
            log.write("gen_1\n")
        wait_until(
            lambda: 'result="resolved"} 1\n' in get(f"{url}/metrics")[1], "the other is resolved"
        )
        assert program.stop() == 0


def test_run(tmp_path: Path, api: ZenMuxServer) -> None:
    """Each id counts once as a request with its cost, also across a kill."""
    api.generations = {f"gen_{number}": 0 for number in range(50)}
    ids = tmp_path / "ids.log"
    ids.write_text("".join(f"gen_{number}\n" for number in range(30)))
    (tmp_path / "key").write_text(PAYG_KEY)
    config = tmp_path / "exporter.yml"
    config.write_text(
        f"sources: [{{name: ids, type: generation_ids, path: {ids}}}]\n"
        f"account: {{key_file: {tmp_path}/key, base_url: {api.url}}}\n"
    )
    flag = f"--config.file={config}"

    def counted(url: str) -> str:
        lines = get(f"{url}/metrics")[1].splitlines()
        succeeded = (line for line in lines if 'outcome="success"' in line)
        return next(succeeded, "").rpartition(" ")[2]

    with exporter(tmp_path, flag) as (program, url):
        wait_until(lambda: counted(url) == "30", "all are counted")
        with ids.open("a") as log:
            log.write("".join(f"gen_{number}\n" for number in range(20, 50)))
        wait_until(lambda: len(api.asked) > 45, "more are requested")
        program.stop(9)
    with exporter(tmp_path, flag) as (program, url):
        wait_until(lambda: counted(url) == "50", "all are counted once")
        shown = get(f"{url}/metrics")[1]
        assert program.stop() == 0
    cost = [line for line in shown.splitlines() if line.startswith("zenmux_cost_usd_total{")]
    assert sum(Decimal(line.rpartition(" ")[2]) for line in cost) == Decimal("0.26")
    assert 'zenmux_exporter_generations_open{source="ids"} 0\n' in shown
