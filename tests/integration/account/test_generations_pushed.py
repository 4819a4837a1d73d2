"""Pushed ids: durable before they are acknowledged, requested once, bounded."""

import asyncio
import json
import logging
import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import aiohttp
import pytest

from exporter.counting.deduplication import BILL, REQUEST
from exporter.generations.journal import MOST_BYTES, MOST_WAITING
from exporter.pipeline.pushes import FullError, UnansweredError
from exporter.receipts import Receipt
from exporter.sources.bodies import body_of
from resolving import MINUTE, Resolving
from zenmux_server import ZenMuxServer


@pytest.fixture
def pushed(
    session: aiohttp.ClientSession, api: ZenMuxServer, tmp_path: Path
) -> Iterator[Resolving]:
    """A resolver without a file of ids."""
    found = Resolving(session, api, tmp_path, has_file=False)
    yield found
    found.resolver.close()


async def push(one: Resolving, text: str) -> Receipt:
    """Push lines; return the receipt."""
    return await one.resolver.receive(body_of(text.encode(), "ids", "key", 1 << 17, "lines"))


async def waits_for_commit(one: Resolving, task: asyncio.Task[object]) -> bool:
    """Return True if a task waits for a commit, False if it ends without one."""
    waiting = asyncio.create_task(one.counted.is_awaited.wait())
    await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    return not task.done()


def kept(folder: Path) -> list[dict[str, object]]:
    """Return the records in the files of pushed ids."""
    files = sorted((folder / "state" / "pushed").iterdir(), key=lambda one: int(one.stem))
    return [json.loads(line) for one in files for line in one.read_text().splitlines()]


async def test_ids_are_resolved(pushed: Resolving, api: ZenMuxServer, tmp_path: Path) -> None:
    """Pushed ids stay on disk until they are resolved, without prompts."""
    api.generations = {"gen_1": 0, "gen_2": 1}
    body = 'gen_1\n\n{"id": "gen_2", "provider": "azure", "latency_ms": 1.5, "prompt": "secret"}'
    receipt = await push(pushed, body)
    assert receipt.results == {"accepted": 2, "invalid": 0}
    assert kept(tmp_path) == [
        {"generationId": "gen_1"},
        {"generationId": "gen_2", "providerSlug": "azure", "latency": "1.5"},
    ]
    assert pushed.results == {"ids": 2}

    assert len(await pushed.step()) == 2
    assert len(kept(tmp_path)) == 2
    *_, record = await pushed.step(after=MINUTE)
    assert (record["generationId"], record["providerSlug"]) == ("gen_2", "azure")
    assert pushed.results == {"resolved": 2}
    assert kept(tmp_path) == []


async def test_duplicates(pushed: Resolving, api: ZenMuxServer) -> None:
    """An id that is waiting, open or counted with its bill is a duplicate."""
    api.generations = {"gen_1": 5}
    pushed.counted.known = {"gen_9": REQUEST | BILL, "gen_8": REQUEST}
    first = await push(pushed, "gen_1\ngen_1\ngen_8\ngen_9\n")
    assert first.results == {"accepted": 2, "duplicate": 2, "invalid": 0}
    assert (await push(pushed, "gen_1\n")).results == {"duplicate": 1, "invalid": 0}
    await pushed.step()
    assert (await push(pushed, "gen_1\n")).results == {"duplicate": 1, "invalid": 0}
    assert [query["id"] for _, query in api.asked] == ["gen_1", "gen_8"]


@pytest.mark.parametrize("is_lost", [False, True])
async def test_duplicates_of_what_is_not_durable(pushed: Resolving, is_lost: bool) -> None:
    """A duplicate is acknowledged only after its request is committed."""
    pushed.counted.known = {"gen_9": REQUEST | BILL}
    pushed.counted.is_durable.clear()
    pushed.counted.is_lost = is_lost
    pushing = asyncio.create_task(push(pushed, "gen_9\n"))
    assert await waits_for_commit(pushed, pushing)
    # Other pushes do not wait for it.
    assert (await push(pushed, "gen_1\n")).results["accepted"] == 1
    pushed.counted.is_durable.set()
    if is_lost:
        with pytest.raises(UnansweredError):
            await pushing
    else:
        assert (await pushing).results["duplicate"] == 1


async def test_waiting_ids_of_what_is_not_durable(
    pushed: Resolving, api: ZenMuxServer, tmp_path: Path
) -> None:
    """An id stays on disk until its counted request is committed."""
    api.generations = {"gen_1": 0}
    await push(pushed, "gen_1\n")
    await pushed.resolver.read()
    pushed.counted.known = {"gen_1": REQUEST | BILL}
    pushed.counted.is_durable.clear()
    await pushed.resolver.ask(pushed.client)
    reading = asyncio.create_task(pushed.resolver.read())
    assert await waits_for_commit(pushed, reading)
    assert kept(tmp_path) == [{"generationId": "gen_1"}]
    assert pushed.results == {"ids": 1}

    pushed.counted.is_lost = True
    pushed.counted.known = {}
    pushed.counted.is_durable.set()
    await reading
    assert kept(tmp_path) == [{"generationId": "gen_1"}]
    assert len(await pushed.step()) == 1
    assert pushed.results == {"resolved": 1}
    assert kept(tmp_path) == []


async def test_later_lines_fill_in(pushed: Resolving, api: ZenMuxServer) -> None:
    """A line with new fields amends an unresolved id."""
    api.generations = {"gen_1": 1}
    more = '{"id": "gen_1", "provider": "azure"}\n'
    assert (await push(pushed, f"gen_1\n{more}")).results["amended"] == 1
    assert (await push(pushed, more)).results["duplicate"] == 1
    key = '{"id": "gen_1", "api_key": "checkout", "provider": "other"}\n'
    assert (await push(pushed, key)).results["amended"] == 1
    await pushed.step()
    assert (await push(pushed, key)).results["duplicate"] == 1
    speed = '{"id": "gen_1", "latency_ms": 7}\n'
    assert (await push(pushed, speed)).results["amended"] == 1
    *_, record = await pushed.step(after=MINUTE)
    told = {name: record[name] for name in ("providerSlug", "apiKeyId", "latency")}
    assert told == {"providerSlug": "azure", "apiKeyId": "checkout", "latency": 7}
    assert pushed.results == {"resolved": 1}


async def test_rejected_lines(pushed: Resolving) -> None:
    """Rejected lines are counted and listed by number; the others are accepted."""
    receipt = await push(pushed, f"gen_1\n\nno id here\n{'x' * (1 << 18)}\n{{}}\n[1]")
    assert receipt.results == {"accepted": 1, "invalid": 4}
    assert receipt.errors == (
        (3, "no_id"),
        (4, "line_too_long"),
        (5, "no_id"),
        (6, "no_id"),
    )
    assert pushed.results == {"ids": 1, "invalid": 4}


@pytest.mark.parametrize("is_asked", [False, True])
async def test_restart(
    is_asked: bool,
    session: aiohttp.ClientSession,
    api: ZenMuxServer,
    tmp_path: Path,
) -> None:
    """Acknowledged ids are resolved after a crash, whether they were waiting or open."""
    api.generations = {"gen_1": 0, "gen_2": 5}
    first = Resolving(session, api, tmp_path, has_file=False)
    await push(first, 'gen_1\n{"id": "gen_2", "provider": "azure"}\n')
    if is_asked:
        await first.step()
    first.resolver.close()
    (file,) = (tmp_path / "state" / "pushed").iterdir()
    with file.open("a") as log:
        log.write('{"generationId": "gen_3"')
    api.generations["gen_2"] = 0

    second = Resolving(session, api, tmp_path, has_file=False)
    second.counted.known = {"gen_1": REQUEST | BILL} if is_asked else {}
    assert second.results == {"ids": 2}
    await push(second, "gen_4\n")
    records = await second.step()
    second.resolver.close()
    assert second.results == {"resolved": 2, "ids": 1}
    assert [query["id"] for _, query in api.asked].count("gen_1") == 1
    assert records[-1]["providerSlug"] == "azure"
    assert kept(tmp_path)[-1] == {"generationId": "gen_4"}


async def test_damaged(
    session: aiohttp.ClientSession,
    api: ZenMuxServer,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Intact lines of damaged files are resolved, lost lines are logged, other files stay."""
    folder = tmp_path / "state" / "pushed"
    folder.mkdir(parents=True)
    (folder / "1.jsonl").write_bytes(b'\0\0\0{"generationId": "gen_1"}\ngen_2\n\xff\xfe\n{"gen')
    (folder / "2.jsonl").mkdir()
    (folder / "3.jsonl").symlink_to(tmp_path / "nowhere")
    os.mkfifo(folder / "4.jsonl")
    api.generations = {"gen_2": 0, "gen_3": 0}
    one = Resolving(session, api, tmp_path, has_file=False)
    await push(one, "gen_3\n")
    assert (folder / "5.jsonl").is_file()
    await one.step()
    one.resolver.close()
    assert one.results == {"resolved": 2}
    assert sorted(found.name for found in folder.iterdir()) == ["2.jsonl", "3.jsonl", "4.jsonl"]
    (told,) = (record for record in caplog.records if "damaged" in record.message)
    assert told.__dict__["fields"]["lines"] == 2


async def test_others_take_turns(pushed: Resolving) -> None:
    """A large push yields to the event loop after every thousand ids."""
    seen = [0]

    async def look() -> None:
        while True:
            seen.append(pushed.resolver.numbers["open"])
            await asyncio.sleep(0)

    looking = asyncio.create_task(look())
    await push(pushed, "".join(f"gen_{number}\n" for number in range(20_000)))
    looking.cancel()
    assert max(later - one for one, later in pairwise(seen)) == 1000


async def test_given_up(pushed: Resolving, tmp_path: Path) -> None:
    """An id that ZenMux doesn't know keeps its file for 15 minutes."""
    await push(pushed, "gen_1\n")
    for _ in range(15):
        await pushed.step(after=MINUTE)
    assert len(kept(tmp_path)) == 1
    await pushed.step(after=MINUTE)
    assert pushed.results == {"not_found": 1}
    assert kept(tmp_path) == []
    assert (await push(pushed, "gen_1\n")).results["accepted"] == 1


async def test_too_many_wait(pushed: Resolving, tmp_path: Path) -> None:
    """A push beyond the limit is refused as a whole until waiting ids are requested."""
    lines = "".join(f"gen_{number}\n" for number in range(MOST_WAITING))
    assert (await push(pushed, lines)).results["accepted"] == MOST_WAITING
    with pytest.raises(FullError):
        await push(pushed, "more_1\nmore_2\n")
    assert (await push(pushed, "gen_1\n")).results["duplicate"] == 1
    pushed.is_behind = True
    await pushed.step()
    assert (await push(pushed, "more_1\nmore_2\n")).results["accepted"] == 2
    assert sum(one.stat().st_size for one in (tmp_path / "state" / "pushed").iterdir()) < MOST_BYTES


async def test_files_are_removed_one_by_one(
    pushed: Resolving, api: ZenMuxServer, tmp_path: Path
) -> None:
    """An open id keeps only its own file."""
    folder = tmp_path / "state" / "pushed"
    await push(pushed, "slow_1\n")
    number = 0
    while len([*folder.iterdir()]) < 3:
        long = {"id": f"gen_{number}", "errorType": "x" * 100_000}
        api.generations[f"gen_{number}"] = 0
        number += 1
        await push(pushed, json.dumps(long))
    await pushed.step()
    assert pushed.results == {"ids": 1, "resolved": number}
    # All ids in the second and third files are resolved, so both are removed.
    assert [one.name for one in folder.iterdir()] == ["1.jsonl"]
    assert (await push(pushed, "last_1\n")).results["accepted"] == 1
    assert {one.name for one in folder.iterdir()} == {"1.jsonl", "4.jsonl"}


async def test_files_are_closed_to_others(pushed: Resolving, tmp_path: Path) -> None:
    """Files and folder are accessible to their owner only."""
    await push(pushed, "gen_1\n")
    folder = tmp_path / "state" / "pushed"
    assert {one.stat().st_mode & 0o777 for one in (folder, *folder.iterdir())} == {0o700, 0o600}


async def test_that_can_not_be_stored(
    pushed: Resolving, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Pushes fail while ids can't be stored, which is counted and logged once."""
    caplog.set_level(logging.INFO, "exporter.generations")
    folder = tmp_path / "state" / "pushed"
    folder.rmdir()
    folder.touch()
    for _ in range(2):
        with pytest.raises(UnansweredError):
            await push(pushed, "gen_1\n")
    folder.unlink()
    folder.mkdir()
    assert (await push(pushed, "gen_1\n")).results["accepted"] == 1
    assert [record.message for record in caplog.records] == [
        "pushed generation ids can't be stored",
        "pushed generation ids can be stored again",
    ]
    samples = {one.metric.name: one.value for one in pushed.resolver.samples()}
    assert samples["zenmux_exporter_generations_store_failures_total"] == 2
