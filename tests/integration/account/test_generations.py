"""Generation ids as a source: resolved through a local server, waited for, counted once."""

import json
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from exporter.api import ApiClient, ApiHealth
from exporter.config import Account, Source
from exporter.generations import Resolver
from exporter.generations.resolver import LIMITS
from exporter.generations.spool import Spool
from exporter.generations.wanted import wanted
from exporter.secret import API_KEY, SecretPlace
from programs import exporter, get, wait_until
from zenmux_server import BILL, GENERATION, PAYG_KEY, Fault, ZenMuxServer, error, serving

MINUTE = 60.0


@pytest.fixture
def server() -> Iterator[ZenMuxServer]:
    """A server of ZenMux's API."""
    with serving() as found:
        yield found


class Resolving:
    """A resolver at a time that the test sets."""

    def __init__(self, session: aiohttp.ClientSession, server: ZenMuxServer, folder: Path) -> None:
        """Begin, or go on after a restart."""
        self.is_behind = False
        self.now = 1_774_504_800.0  # when the request of the published answer was
        self.ids = folder / "ids.log"
        self.answers = folder / "state" / "answers.jsonl"
        (folder / "key").write_text(PAYG_KEY)
        place = SecretPlace(API_KEY, folder / "key")
        source = Source("ids", "generation_ids", str(self.answers), ids=str(self.ids))
        self.health = health = ApiHealth()
        settings = Account(place, server.url)
        self.resolver = Resolver(
            source, settings, health, 1 << 20, lambda: self.now, lambda: self.is_behind
        )
        self.client = ApiClient(session, server.url, place, health, LIMITS)

    async def step(self, after: float = 0) -> list[dict[str, Any]]:
        """Look again, some seconds later; return all records handed in so far."""
        self.now += after
        await self.resolver.read()
        self.pause = await self.resolver.ask(self.client)
        await self.resolver.read()
        return [json.loads(line) for line in self.answers.read_text().splitlines()]

    @property
    def results(self) -> dict[str, int]:
        """What became of ids, and how many are open."""
        samples = list(self.resolver.samples())
        return {one.labels[-1]: one.value for one in samples if one.value}


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A session as the exporter makes it."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as found:
        yield found


@pytest.fixture
def resolving(
    session: aiohttp.ClientSession, server: ZenMuxServer, tmp_path: Path
) -> Iterator[Resolving]:
    """A resolver of a file of ids."""
    found = Resolving(session, server, tmp_path)
    yield found
    found.resolver.close()


async def test_answers_wait_to_be_read(resolving: Resolving, server: ZenMuxServer) -> None:
    """Nothing is asked for while what was answered is not read: a rotation would take it."""
    server.generations = {"gen_1": 0}
    resolving.ids.write_text("gen_1\n")
    resolving.is_behind = True
    assert await resolving.step() == []
    assert resolving.results == {"ids": 1}

    resolving.is_behind = False
    assert len(await resolving.step()) == 1


async def test_resolved_at_once(resolving: Resolving, server: ZenMuxServer) -> None:
    """An id that is billed already is asked for once."""
    server.generations = {"gen_1": 0, "gen_2": 0}
    resolving.ids.write_text("gen_1\n\ngen_2\n")
    records = await resolving.step()
    assert {one["generationId"] for one in records} == {"gen_1", "gen_2"}
    assert records[0]["ratingResponses"]["billAmount"] == "0.0052"
    assert await resolving.step(after=10 * MINUTE) == records
    assert resolving.results == {"resolved": 2}
    assert len(server.asked) == 2


async def test_waits_for_the_bill(resolving: Resolving, server: ZenMuxServer) -> None:
    """What is known at once is handed in at once, and again with its bill: never in between."""
    server.generations = {"gen_1": 3}
    resolving.ids.write_text("gen_1\n")
    (first,) = await resolving.step()
    assert not set(BILL) & set(first)
    assert await resolving.step(after=MINUTE - 1) == [first]
    assert len(server.asked) == 1
    assert await resolving.step(after=1) == [first]
    assert await resolving.step(after=MINUTE) == [first]
    assert resolving.results == {"ids": 1}
    _, second = await resolving.step(after=MINUTE)
    assert second["usage"] == "0.0052"
    assert resolving.results == {"resolved": 1}


async def test_subscription(
    resolving: Resolving, server: ZenMuxServer, caplog: pytest.LogCaptureFixture
) -> None:
    """A bill that never comes is given up after a quarter of an hour, which is told."""
    server.generations = {"gen_1": None}
    resolving.ids.write_text("gen_1\n")
    for _ in range(16):
        records = await resolving.step(after=MINUTE)
    assert len(records) == 1
    assert resolving.results == {"unbilled": 1}
    told = caplog.records[-1].fields  # type: ignore[attr-defined]
    assert told == {"source": "ids", "reason": "unbilled", "id": "gen_1"}


async def test_unknown_id(resolving: Resolving, server: ZenMuxServer) -> None:
    """An id may come before ZenMux knows it; one that stays unknown is given up."""
    resolving.ids.write_text("gen_1\ngen_2\n")
    assert await resolving.step() == []
    server.generations = {"gen_1": 0}
    assert len(await resolving.step(after=MINUTE)) == 1
    for _ in range(15):
        await resolving.step(after=MINUTE)
    assert resolving.results == {"resolved": 1, "not_found": 1}


@pytest.mark.parametrize(
    "unbilled", [{"usage": {"prompt_tokens": 3}}, {"ratingResponses": {}}, {"usage": "soon"}]
)
async def test_what_is_no_bill(
    unbilled: dict[str, Any], resolving: Resolving, server: ZenMuxServer
) -> None:
    """The bill is what will be counted as one: anything else is waited for."""
    server.generations = {"gen_1": 0}
    answer = {name: value for name, value in GENERATION.items() if name not in BILL}
    server.faults.append(Fault(200, {**answer, **unbilled}))
    resolving.ids.write_text("gen_1\n")
    await resolving.step()
    assert resolving.results == {"ids": 1}
    assert "usage" in (await resolving.step(after=MINUTE))[1]
    assert resolving.results == {"resolved": 1}


async def test_old_request(resolving: Resolving, server: ZenMuxServer) -> None:
    """The bill of a request of hours ago would be there: it is not waited for."""
    server.generations = {"gen_1": None}
    resolving.ids.write_text("gen_1\n")
    await resolving.step(after=60 * MINUTE)
    assert resolving.results == {"unbilled": 1}


async def test_repeated_id(resolving: Resolving, server: ZenMuxServer) -> None:
    """While an id is open, a further line of it is not asked for, but fills in."""
    server.generations = {"gen_1": 0}
    resolving.ids.write_text('gen_1\ngen_1\n{"id": "gen_1", "provider": "azure"}\n')
    (record,) = await resolving.step()
    assert record["providerSlug"] == "azure"
    assert len(server.asked) == 1
    assert resolving.results == {"resolved": 1}


async def test_answer_without_a_time(resolving: Resolving, server: ZenMuxServer) -> None:
    """One's own log has it."""
    answer = {name: value for name, value in GENERATION.items() if name != "createAt"}
    server.faults.append(Fault(200, answer))
    resolving.ids.write_text('{"id": "gen_1", "timestamp": "2026-03-26T05:59:00Z"}\n')
    (record,) = await resolving.step()
    assert record["createdAt"] == "2026-03-26T05:59:00Z"


@pytest.mark.parametrize(
    "fault", [Fault(500), Fault(200, {"success": False}), Fault(200, text=b"")]
)
async def test_id_that_fails_alone(
    fault: Fault, resolving: Resolving, server: ZenMuxServer
) -> None:
    """It is given up when others were answered between its failures, for an hour."""
    resolving.ids.write_text("bad_1\n")
    for _ in range(60):
        server.faults.append(fault)
        await resolving.step(after=MINUTE)
        assert resolving.results == {"ids": 1}
        resolving.health.succeeded("generation", resolving.now + 1)
    server.faults.append(fault)
    await resolving.step(after=MINUTE)
    assert resolving.results == {"failed": 1}


@pytest.mark.parametrize(
    "fault", [error(422, "", ""), error(401, "", ""), Fault(503, headers={"Retry-After": "60"})]
)
async def test_nothing_is_asked_for_a_while(
    fault: Fault, resolving: Resolving, server: ZenMuxServer
) -> None:
    """After a limit of requests, or with a wrong key, the other ids wait, too."""
    server.generations = {"gen_1": 0, "gen_2": 0}
    server.faults.append(fault)
    resolving.ids.write_text("gen_1\ngen_2\n")
    await resolving.step()
    await resolving.step(after=MINUTE - 1)
    assert len(server.asked) == 1
    await resolving.step(after=1)
    assert resolving.results == {"resolved": 2}


async def test_outage(resolving: Resolving, server: ZenMuxServer) -> None:
    """While the API fails no id is given up, however long it takes."""
    server.generations = {"gen_1": 0}
    server.faults += [Fault(500), error(422, "rate_limit", "slow"), error(401, "access_denied", "")]
    resolving.ids.write_text("gen_1\n")
    for _ in range(3):
        assert await resolving.step(after=60 * MINUTE) == []
    assert resolving.results == {"ids": 1}
    assert len(await resolving.step(after=MINUTE)) == 1


async def test_rotated_while_away(
    session: aiohttp.ClientSession, server: ZenMuxServer, tmp_path: Path
) -> None:
    """Ids that were open at a kill are asked for though their file has another name since."""
    server.generations = {"gen_1": 5, "gen_2": 0, "gen_3": 0}
    first = Resolving(session, server, tmp_path)
    first.ids.write_text("gen_1\ngen_2\n")
    await first.step()
    first.resolver.close()
    first.ids.rename(tmp_path / "ids.log.1")
    first.ids.write_text("gen_3\n")
    server.generations["gen_1"] = 0
    second = Resolving(session, server, tmp_path)
    records = await second.step()
    second.resolver.close()
    assert second.results == {"resolved": 3}
    assert {one["generationId"] for one in records} == {"gen_1", "gen_2", "gen_3"}


async def test_restart(
    session: aiohttp.ClientSession, server: ZenMuxServer, tmp_path: Path
) -> None:
    """What is done stays done; what was open, or came meanwhile, is asked for."""
    server.generations = {"gen_1": 0, "gen_2": 5, "gen_3": 0}
    first = Resolving(session, server, tmp_path)
    first.ids.write_text("gen_1\n")
    await first.step()
    with first.ids.open("a") as log:
        log.write("gen_2\n")
    await first.step()
    first.resolver.close()
    with first.ids.open("a") as log:
        log.write("gen_3\n")
    server.generations["gen_2"] = 0
    second = Resolving(session, server, tmp_path)
    records = await second.step()
    second.resolver.close()
    assert second.results == {"resolved": 2}
    assert [query["id"] for _, query in server.asked].count("gen_1") == 1
    assert sorted(one["generationId"] for one in records) == ["gen_1", "gen_2", "gen_2", "gen_3"]


OWN = {
    "id": "gen_1",
    "api_key": "checkout",
    "provider": "azure",
    "latency_ms": 90,
    "prompt": "a secret",
    "model": "mine",
}


async def test_own_log(resolving: Resolving, server: ZenMuxServer) -> None:
    """One's own log names key and provider; the answer has all else, and no prompt is kept."""
    server.generations = {"gen_1": 0}
    resolving.ids.write_text(json.dumps(OWN) + "\n")
    (record,) = await resolving.step()
    assert {name: record[name] for name in ("apiKeyId", "providerSlug", "latency")} == {
        "apiKeyId": "checkout",
        "providerSlug": "azure",
        "latency": 90,
    }
    assert record["model"] == "openai/gpt-4o"
    assert "secret" not in json.dumps(record)


LINES: dict[bytes, tuple[str, dict[str, Any]] | None] = {
    b"gen_1": ("gen_1", {}),
    b'  "2534CCEDTKJR00217635" ': ("2534CCEDTKJR00217635", {}),
    b'{"generationId": "gen_1", "id": "other"}': ("gen_1", {}),
    b'{"generation_id": "gen_1", "latency": 5, "latency_ms": 6}': ("gen_1", {"latency": 5}),
    b'{"id": "gen_1", "latency_ms": 1.5, "plan": null}': ("gen_1", {"latency": Decimal("1.5")}),
    b'{"id": 7.5}': None,
    b'{"id": 12345}': ("12345", {}),
    b'{"id": "gen_1", "status": "started", "timestamp": 7}': ("gen_1", {"createdAt": 7}),
    b'{"id": "gen_1", "status": "failed", "cancelled": true, "ext": {"requestSuccess": false}}': (
        "gen_1",
        {"status": "failed", "cancelled": True, "ext": {"requestSuccess": False}},
    ),
    b'{"id": "gen_1", "error": {"type": "rate_limit", "message": "your prompt"}}': (
        "gen_1",
        {"error": {"type": "rate_limit"}},
    ),
    b'{"id": "gen_1", "error": "your prompt", "ext": {"traceId": "x"}}': ("gen_1", {"error": True}),
    b"an id: gen_1": None,
    b"../../etc": None,
    b"gen_1?key=1": None,
    b"\xff\xfe": None,
    b"[1]": None,
    b"[" * 5000: None,
    b"x" * 200: None,
}


@pytest.mark.parametrize("line", LINES, ids=lambda line: repr(line[:40]))
def test_lines(line: bytes) -> None:
    """An id alone, or a record that has one; anything else is invalid."""
    found = wanted(line)
    assert (found and (found.id, dict(found.own))) == LINES[line]


async def test_invalid_lines_are_counted(resolving: Resolving) -> None:
    """They hold nothing up."""
    resolving.ids.write_text("no id here\n{}\n")
    assert await resolving.step() == []
    assert resolving.results == {"invalid": 2}


async def test_no_such_file(resolving: Resolving, caplog: pytest.LogCaptureFixture) -> None:
    """A file of ids that is not there is told, as any other."""
    await resolving.step()
    (file,) = resolving.resolver.files
    assert (file.path, file.last_error) == (str(resolving.ids), "there is no such file")
    told = [record.fields for record in caplog.records]  # type: ignore[attr-defined]
    assert [one["file"] for one in told] == [str(resolving.ids)]


async def test_damaged_progress(
    session: aiohttp.ClientSession, server: ZenMuxServer, tmp_path: Path
) -> None:
    """All ids are asked for again, which counts nothing twice."""
    server.generations = {"gen_1": 0}
    first = Resolving(session, server, tmp_path)
    first.ids.write_text("gen_1\n")
    await first.step()
    first.resolver.close()
    (tmp_path / "state" / "progress.json").write_text("{")
    second = Resolving(session, server, tmp_path)
    await second.step()
    second.resolver.close()
    assert second.results == {"resolved": 1}


def test_spool_is_rotated(tmp_path: Path) -> None:
    """Two files at most, each of limited size, closed to others."""
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
    """A write that was broken off costs no later record."""
    path = tmp_path / "state" / "a.jsonl"
    Spool(path).close()
    path.write_bytes(b'{"gener')
    spool = Spool(path)
    spool.append(b"{}\n")
    spool.close()
    assert path.read_bytes() == b'{"gener\n{}\n'


def test_slow_answer_holds_up_no_other(tmp_path: Path, server: ZenMuxServer) -> None:
    """Ids that come while one is asked for are asked for, and stopping waits for none."""
    server.generations = {"gen_1": 0}
    server.faults.append(Fault(hangs=True))
    ids = tmp_path / "ids.log"
    ids.write_text("slow_1\n")
    (tmp_path / "key").write_text(PAYG_KEY)
    config = tmp_path / "exporter.yml"
    config.write_text(
        f"sources: [{{name: ids, type: generation_ids, path: {ids}}}]\n"
        f"account: {{key_file: {tmp_path}/key, base_url: {server.url}, baseline: false}}\n"
    )
    server.generations["slow_1"] = 0
    with exporter(tmp_path, f"--config.file={config}") as (program, url):
        wait_until(lambda: ("generation", {"id": "slow_1"}) in server.asked, "it is asked for")
        with ids.open("a") as log:
            log.write("gen_1\n")
        wait_until(
            lambda: 'result="resolved"} 1\n' in get(f"{url}/metrics")[1], "the other is resolved"
        )
        assert program.stop() == 0


def test_run(tmp_path: Path, server: ZenMuxServer) -> None:
    """Ids are requests with cost in a running exporter, once, whatever is killed."""
    server.generations = {f"gen_{number}": 0 for number in range(50)}
    ids = tmp_path / "ids.log"
    ids.write_text("".join(f"gen_{number}\n" for number in range(30)))
    (tmp_path / "key").write_text(PAYG_KEY)
    config = tmp_path / "exporter.yml"
    config.write_text(
        f"sources: [{{name: ids, type: generation_ids, path: {ids}}}]\n"
        f"account: {{key_file: {tmp_path}/key, base_url: {server.url}}}\n"
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
        wait_until(lambda: len(server.asked) > 45, "more are asked for")
        program.stop(9)
    with exporter(tmp_path, flag) as (program, url):
        wait_until(lambda: counted(url) == "50", "all are counted once")
        shown = get(f"{url}/metrics")[1]
        assert program.stop() == 0
    cost = [line for line in shown.splitlines() if line.startswith("zenmux_cost_usd_total{")]
    assert sum(Decimal(line.rpartition(" ")[2]) for line in cost) == Decimal("0.26")
    assert 'zenmux_exporter_generations_open{source="ids"} 0\n' in shown
