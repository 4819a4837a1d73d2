"""Restarts and rotations: every id is resolved, and answers are kept within limits."""

from pathlib import Path

import aiohttp

from exporter.generations.spool import Spool
from resolving import Resolving
from zenmux_server import ZenMuxServer


async def test_rotated_while_away(
    session: aiohttp.ClientSession, api: ZenMuxServer, tmp_path: Path
) -> None:
    """Ids that were open at a kill are resolved even if their file was rotated since."""
    api.generations = {"gen_1": 5, "gen_2": 0, "gen_3": 0}
    first = Resolving(session, api, tmp_path)
    first.ids.write_text("gen_1\ngen_2\n")
    await first.step()
    first.resolver.close()
    first.ids.rename(tmp_path / "ids.log.1")
    first.ids.write_text("gen_3\n")
    api.generations["gen_1"] = 0
    second = Resolving(session, api, tmp_path)
    records = await second.step()
    second.resolver.close()
    assert second.results == {"resolved": 3}
    assert {one["generationId"] for one in records} == {"gen_1", "gen_2", "gen_3"}


async def test_restart(session: aiohttp.ClientSession, api: ZenMuxServer, tmp_path: Path) -> None:
    """After a restart only open and new ids are requested."""
    api.generations = {"gen_1": 0, "gen_2": 5, "gen_3": 0}
    first = Resolving(session, api, tmp_path)
    first.ids.write_text("gen_1\n")
    await first.step()
    with first.ids.open("a") as log:
        log.write("gen_2\n")
    await first.step()
    first.resolver.close()
    with first.ids.open("a") as log:
        log.write("gen_3\n")
    api.generations["gen_2"] = 0
    second = Resolving(session, api, tmp_path)
    records = await second.step()
    second.resolver.close()
    assert second.results == {"resolved": 2}
    assert [query["id"] for _, query in api.asked].count("gen_1") == 1
    assert sorted(one["generationId"] for one in records) == ["gen_1", "gen_2", "gen_2", "gen_3"]


async def test_damaged_progress(
    session: aiohttp.ClientSession, api: ZenMuxServer, tmp_path: Path
) -> None:
    """With a damaged progress file all ids are requested again."""
    api.generations = {"gen_1": 0}
    first = Resolving(session, api, tmp_path)
    first.ids.write_text("gen_1\n")
    await first.step()
    first.resolver.close()
    (tmp_path / "state" / "progress.json").write_text("{")
    second = Resolving(session, api, tmp_path)
    await second.step()
    second.resolver.close()
    assert second.results == {"resolved": 1}


def test_spool_is_rotated(tmp_path: Path) -> None:
    """The spool keeps at most two files of limited size, readable by the owner only."""
    spool = Spool(tmp_path / "state" / "a.jsonl", most_bytes=10)
    for number in range(5):
        spool.append(b"%d23456789\n" % number)
    spool.close()
    folder = tmp_path / "state"
    assert {one.name: one.read_bytes()[:1] for one in folder.iterdir()} == {
        "a.jsonl": b"4",
        "a.jsonl.1": b"3",
    }
    assert {one.stat().st_mode & 0o777 for one in (folder, *folder.iterdir())} == {0o700, 0o600}


def test_spool_after_half_a_line(tmp_path: Path) -> None:
    """A partial line at the end is terminated before the next record."""
    path = tmp_path / "state" / "a.jsonl"
    Spool(path).close()
    path.write_bytes(b'{"gener')
    spool = Spool(path)
    spool.append(b"{}\n")
    spool.close()
    assert path.read_bytes() == b'{"gener\n{}\n'
