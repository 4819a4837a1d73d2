"""Lines of generation ids: how they are parsed and which of their fields are kept."""

import json
from decimal import Decimal
from typing import Any

import pytest

from exporter.counting.deduplication import BILL, FIRST_TOKEN, REQUEST
from exporter.generations.wanted import is_counted, line_of, wanted
from resolving import Resolving
from zenmux_server import GENERATION, Fault, ZenMuxServer


async def test_answer_without_a_time(resolving: Resolving, api: ZenMuxServer) -> None:
    """The time then comes from the line."""
    answer = {name: value for name, value in GENERATION.items() if name != "createAt"}
    api.faults.append(Fault(200, answer))
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


async def test_own_log(resolving: Resolving, api: ZenMuxServer) -> None:
    """The line supplies key and provider, the answer the rest; no prompt is kept."""
    api.generations = {"gen_1": 0}
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
    """A line is a bare id or a record with an id; anything else is invalid."""
    found = wanted(line)
    assert (found and (found.id, dict(found.own))) == LINES[line]


async def test_invalid_lines_are_counted(resolving: Resolving) -> None:
    """Invalid lines are counted and skipped."""
    resolving.ids.write_text("no id here\n{}\n")
    assert await resolving.step() == []
    assert resolving.results == {"invalid": 2}


async def test_no_such_file(resolving: Resolving, caplog: pytest.LogCaptureFixture) -> None:
    """A missing file of ids is reported like any missing log."""
    await resolving.step()
    (file,) = resolving.resolver.files
    assert (file.path, file.last_error) == (str(resolving.ids), "there is no such file")
    told = [record.fields for record in caplog.records]  # type: ignore[attr-defined]
    assert [one["file"] for one in told] == [str(resolving.ids)]


@pytest.mark.parametrize("line", [line for line, found in LINES.items() if found], ids=repr)
def test_journal_lines(line: bytes) -> None:
    """A pushed line survives the journal; decimals come back as text."""
    first = wanted(line)
    assert first is not None
    second = wanted(line_of(first))
    assert second is not None
    assert second.id == first.id
    assert dict(second.own) == {
        name: str(value) if isinstance(value, Decimal) else value
        for name, value in first.own.items()
    }


def test_value_that_is_too_deep() -> None:
    """A deeply nested value is left out: it parses but may not serialize."""
    deep = "[" * 300 + "]" * 300
    one = wanted(f'{{"id": "gen_1", "compensation": {deep}, "plan": "payg"}}'.encode())
    assert one is not None
    assert dict(one.own) == {"plan": "payg"}


SUCCEEDED = 1 << 8  # as the ledger stores it
BILLED = REQUEST | BILL
NOTED: dict[str, tuple[bytes, int, bool]] = {
    "not known": (b"gen_1", 0, False),
    "no bill": (b"gen_1", REQUEST, False),
    "a payout alone": (b"gen_1", BILL, False),
    "billed": (b"gen_1", BILLED, True),
    "names are those of the first record": (b'{"id": "gen_1", "provider": "a"}', BILLED, True),
    "speed of one that failed": (b'{"id": "gen_1", "latency": 1}', BILLED, True),
    "speed that is missing": (b'{"id": "gen_1", "latency": 1}', BILLED | SUCCEEDED, False),
    "speed that is there": (
        b'{"id": "gen_1", "latency": 1}',
        BILLED | SUCCEEDED | FIRST_TOKEN,
        True,
    ),
    "compensation": (b'{"id": "gen_1", "compensation": {"type": "x"}}', BILLED, False),
}


@pytest.mark.parametrize(("line", "flags", "expected"), NOTED.values(), ids=NOTED)
def test_counted_already(line: bytes, flags: int, expected: bool) -> None:
    """An id is not requested if its answer could add nothing to the counted request."""
    one = wanted(line)
    assert one is not None
    assert is_counted(one, flags) is expected
