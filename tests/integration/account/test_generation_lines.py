"""Lines of ids: what is read in them, and what of one's own log is kept."""

import json
from decimal import Decimal
from typing import Any

import pytest

from exporter.generations.wanted import wanted
from resolving import Resolving
from zenmux_server import GENERATION, Fault, ZenMuxServer


async def test_answer_without_a_time(resolving: Resolving, server: ZenMuxServer) -> None:
    """One's own log has it."""
    answer = {name: value for name, value in GENERATION.items() if name != "createAt"}
    server.faults.append(Fault(200, answer))
    resolving.ids.write_text('{"id": "gen_1", "timestamp": "2026-03-26T05:59:00Z"}\n')
    (record,) = await resolving.step()
    assert record["createdAt"] == "2026-03-26T05:59:00Z"


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
