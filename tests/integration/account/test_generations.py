"""Generation ids as a source: resolved through a local server, waiting for late bills."""

from typing import Any

import pytest

from resolving import MINUTE, Resolving
from zenmux_server import BILL, GENERATION, Fault, ZenMuxServer, error


async def test_answers_wait_to_be_read(resolving: Resolving, api: ZenMuxServer) -> None:
    """No id is requested while answers wait to be read: a rotation would drop them."""
    api.generations = {"gen_1": 0}
    resolving.ids.write_text("gen_1\n")
    resolving.is_behind = True
    assert await resolving.step() == []
    assert resolving.results == {"ids": 1}

    resolving.is_behind = False
    assert len(await resolving.step()) == 1


async def test_resolved_at_once(resolving: Resolving, api: ZenMuxServer) -> None:
    """An id whose bill is there is requested once."""
    api.generations = {"gen_1": 0, "gen_2": 0}
    resolving.ids.write_text("gen_1\n\ngen_2\n")
    records = await resolving.step()
    assert {one["generationId"] for one in records} == {"gen_1", "gen_2"}
    assert records[0]["ratingResponses"]["billAmount"] == "0.0052"
    assert await resolving.step(after=10 * MINUTE) == records
    assert resolving.results == {"resolved": 2}
    assert len(api.asked) == 2


async def test_waits_for_the_bill(resolving: Resolving, api: ZenMuxServer) -> None:
    """An unbilled request is recorded at once, then once more with its bill."""
    api.generations = {"gen_1": 3}
    resolving.ids.write_text("gen_1\n")
    (first,) = await resolving.step()
    assert not set(BILL) & set(first)
    assert await resolving.step(after=MINUTE - 1) == [first]
    assert len(api.asked) == 1
    assert await resolving.step(after=1) == [first]
    assert await resolving.step(after=MINUTE) == [first]
    assert resolving.results == {"ids": 1}
    _, second = await resolving.step(after=MINUTE)
    assert second["usage"] == "0.0052"
    assert resolving.results == {"resolved": 1}


async def test_subscription(
    resolving: Resolving, api: ZenMuxServer, caplog: pytest.LogCaptureFixture
) -> None:
    """After 15 minutes without a bill an id is logged as unbilled."""
    api.generations = {"gen_1": None}
    resolving.ids.write_text("gen_1\n")
    for _ in range(16):
        records = await resolving.step(after=MINUTE)
    assert len(records) == 1
    assert resolving.results == {"unbilled": 1}
    told = caplog.records[-1].fields  # type: ignore[attr-defined]
    assert told == {"source": "ids", "reason": "unbilled", "id": "gen_1"}


async def test_unknown_id(resolving: Resolving, api: ZenMuxServer) -> None:
    """An unknown id is retried; if it stays unknown, it is counted as not found."""
    resolving.ids.write_text("gen_1\ngen_2\n")
    assert await resolving.step() == []
    api.generations = {"gen_1": 0}
    assert len(await resolving.step(after=MINUTE)) == 1
    for _ in range(15):
        await resolving.step(after=MINUTE)
    assert resolving.results == {"resolved": 1, "not_found": 1}


@pytest.mark.parametrize(
    "unbilled", [{"usage": {"prompt_tokens": 3}}, {"ratingResponses": {}}, {"usage": "soon"}]
)
async def test_what_is_no_bill(
    unbilled: dict[str, Any], resolving: Resolving, api: ZenMuxServer
) -> None:
    """An answer whose bill would not be counted is requested again."""
    api.generations = {"gen_1": 0}
    answer = {name: value for name, value in GENERATION.items() if name not in BILL}
    api.faults.append(Fault(200, {**answer, **unbilled}))
    resolving.ids.write_text("gen_1\n")
    await resolving.step()
    assert resolving.results == {"ids": 1}
    assert "usage" in (await resolving.step(after=MINUTE))[1]
    assert resolving.results == {"resolved": 1}


async def test_old_request(resolving: Resolving, api: ZenMuxServer) -> None:
    """An old request without a bill is not waited for."""
    api.generations = {"gen_1": None}
    resolving.ids.write_text("gen_1\n")
    await resolving.step(after=60 * MINUTE)
    assert resolving.results == {"unbilled": 1}


async def test_repeated_id(resolving: Resolving, api: ZenMuxServer) -> None:
    """A repeated id is not requested again, but its fields are merged."""
    api.generations = {"gen_1": 0}
    resolving.ids.write_text('gen_1\ngen_1\n{"id": "gen_1", "provider": "azure"}\n')
    (record,) = await resolving.step()
    assert record["providerSlug"] == "azure"
    assert len(api.asked) == 1
    assert resolving.results == {"resolved": 1}


@pytest.mark.parametrize(
    "fault", [Fault(500), Fault(200, {"success": False}), Fault(200, text=b"")]
)
async def test_id_that_fails_alone(fault: Fault, resolving: Resolving, api: ZenMuxServer) -> None:
    """An id is dropped after an hour of failures if others were answered meanwhile."""
    resolving.ids.write_text("bad_1\n")
    for _ in range(60):
        api.faults.append(fault)
        await resolving.step(after=MINUTE)
        assert resolving.results == {"ids": 1}
        resolving.health.succeeded("generation", resolving.now + 1)
    api.faults.append(fault)
    await resolving.step(after=MINUTE)
    assert resolving.results == {"failed": 1}


@pytest.mark.parametrize(
    "fault", [error(422, "", ""), error(401, "", ""), Fault(503, headers={"Retry-After": "60"})]
)
async def test_nothing_is_asked_for_a_while(
    fault: Fault, resolving: Resolving, api: ZenMuxServer
) -> None:
    """A rate limit or a wrong key pauses all ids."""
    api.generations = {"gen_1": 0, "gen_2": 0}
    api.faults.append(fault)
    resolving.ids.write_text("gen_1\ngen_2\n")
    await resolving.step()
    await resolving.step(after=MINUTE - 1)
    assert len(api.asked) == 1
    await resolving.step(after=1)
    assert resolving.results == {"resolved": 2}


async def test_outage(resolving: Resolving, api: ZenMuxServer) -> None:
    """No id is dropped while the whole API fails, however long."""
    api.generations = {"gen_1": 0}
    api.faults += [Fault(500), error(422, "rate_limit", "slow"), error(401, "access_denied", "")]
    resolving.ids.write_text("gen_1\n")
    for _ in range(3):
        assert await resolving.step(after=60 * MINUTE) == []
    assert resolving.results == {"ids": 1}
    assert len(await resolving.step(after=MINUTE)) == 1
