"""Streamed answers: each stream is one record, however its events are logged and read."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counted_files import counted_file
from cut_reading import STEPS, cut_and_straight, requests, totals
from effort import examples
from places import DATA
from transcripts import chat, counted, sse

OPENAI = "sources: [{{name: sse, type: file, path: {path}, format: openai}}]"
ANTHROPIC = OPENAI.replace("openai", "anthropic")
ACCEPTED = 'zenmux_exporter_records_total{source="sse",result="accepted"}'


def who(model: str) -> str:
    """Labels of a request."""
    return f'api_key="unknown",model="{model}",provider="unknown",plan="payg"'


def test_chats_and_responses() -> None:
    """Two protocols with headers, comments, errors within streams and a disconnected client."""
    text = counted_file(OPENAI, DATA / "chat.sse")
    chat, response = who("openai/gpt-4o"), who("openai/gpt-5")
    for line in (
        f"{ACCEPTED} 7",
        f'zenmux_requests_total{{{chat},outcome="success"}} 2',
        f'zenmux_requests_total{{{chat},outcome="error"}} 1',
        f'zenmux_requests_total{{{chat},outcome="cancelled"}} 1',
        f'zenmux_requests_total{{{response},outcome="success"}} 2',
        f'zenmux_requests_total{{{response},outcome="error"}} 1',
        f'zenmux_tokens_total{{{chat},direction="input",token_type="prompt"}} 25',
        f'zenmux_tokens_total{{{chat},direction="input",token_type="input_cache_read"}} 100',
        f'zenmux_tokens_total{{{chat},direction="output",token_type="completion"}} 26',
        f'zenmux_tokens_total{{{chat},direction="output",token_type="internal_reasoning"}} 10',
        f'zenmux_tokens_total{{{response},direction="input",token_type="prompt"}} 41',
        f'zenmux_tokens_total{{{response},direction="output",token_type="completion"}} 7',
        'error_type="no_provider_available",responsibility="platform"} 1',
        'error_type="rate_limit",responsibility="quota"} 1',
        "zenmux_last_request_timestamp_seconds 1793527240",
        'zenmux_exporter_records_total{source="sse",result="invalid"} 0',
    ):
        assert f"{line}\n" in text
    assert "secret" not in text


def test_messages() -> None:
    """The time comes before the events, input tokens in the first event, output in the last."""
    text = counted_file(ANTHROPIC, DATA / "messages.sse")
    claude = who("anthropic/claude-sonnet-4.5")
    for line in (
        f"{ACCEPTED} 4",
        f'zenmux_requests_total{{{claude},outcome="success"}} 2',
        f'zenmux_requests_total{{{claude},outcome="error"}} 1',
        f'zenmux_requests_total{{{claude},outcome="cancelled"}} 1',
        f'zenmux_tokens_total{{{claude},direction="input",token_type="prompt"}} 36',
        f'zenmux_tokens_total{{{claude},direction="input",token_type="input_cache_read"}} 1000',
        'direction="input",token_type="input_cache_write_5_min"} 100',
        f'zenmux_tokens_total{{{claude},direction="input",token_type="input_cache_write_1_h"}} 200',
        f'zenmux_tokens_total{{{claude},direction="output",token_type="completion"}} 96',
        f"zenmux_web_search_calls_total{{{claude}}} 2",
        "zenmux_last_request_timestamp_seconds 1793527208",
        'zenmux_exporter_records_total{source="sse",result="invalid"} 0',
    ):
        assert f"{line}\n" in text
    assert "secret" not in text


def test_streams_mixed_in_one_log(tmp_path: Path) -> None:
    """Interleaved chunks are assigned by id; an end without an id changes nothing."""
    streams = [sse(chat(number)) for number in range(5)]
    apart = counted(tmp_path, [line for lines in streams for line in lines])
    chance, mixed = random.Random(3), list[str]()
    while left := [lines for lines in streams if lines]:
        mixed.append(chance.choice(left).pop(0))
    assert requests(counted(tmp_path, mixed)) == requests(apart)
    assert 'result="accepted"} 5\n' in apart


def test_chunks_as_sdks_give_them(tmp_path: Path) -> None:
    """Chunks as plain JSON lines, without usage or end: the next chat ends the previous one."""
    lines = [json.dumps(one) for n in range(3) for one in chat(n, with_usage=False)]
    text = counted(tmp_path, lines)
    assert 'outcome="success"} 3\n' in text
    assert 'result="accepted"} 3\n' in text


def test_usage_in_each_chunk_and_behind_the_finish(tmp_path: Path) -> None:
    """The last running total counts; usage may come in a chunk with choices."""
    first, last = chat(1), chat(2)
    for number, chunk in enumerate(first[:3]):
        chunk["usage"] = {
            "prompt_tokens": 3,
            "completion_tokens": number,
            "total_tokens": 3 + number,
        }
    last[3]["choices"] = [{"delta": {"content": ""}, "finish_reason": None}]
    text = counted(tmp_path, [*sse(first[:3]), *sse(last)])
    assert 'direction="output",token_type="completion"} 5\n' in text
    assert 'result="accepted"} 2\n' in text


@pytest.mark.parametrize("wrapper", ["docker", "cri"])
def test_streams_in_a_wrapper(tmp_path: Path, wrapper: str) -> None:
    """A message, which has no time, gets the wrapper's."""
    start = {"id": "msg_1", "model": "m", "usage": {"input_tokens": 1, "output_tokens": 1}}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": start},
        {"type": "message_stop"},
    ]
    lines = [
        line
        for event in events
        for line in (f"event: {event['type']}", f"data: {json.dumps(event)}")
    ]
    stamp = "2026-11-02T10:20:31Z"
    wrapped = [
        json.dumps({"log": f"{line}\n", "stream": "stdout", "time": stamp})
        if wrapper == "docker"
        else f"{stamp} stdout F {line}"
        for line in lines
    ]
    text = counted(tmp_path, wrapped, "anthropic")
    assert 'outcome="success"} 1\n' in text
    assert "zenmux_last_request_timestamp_seconds 1793614831\n" in text


def test_what_belongs_to_no_stream(tmp_path: Path) -> None:
    """Other text and events without their stream's start are invalid."""
    delta = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"x": 1}}
    text = counted(
        tmp_path, ["Traceback: oh", json.dumps(delta), *sse([{"type": "ping"}])], "anthropic"
    )
    assert 'reason="not_json"} 1\n' in text
    assert 'reason="missing_time"} 1\n' in text


def transcript(seed: int, shape: str) -> str:
    """Streams without ids, so that one read twice would count twice; some are truncated."""
    chance, lines = random.Random(seed), list[str]()
    for number in range(12):
        if shape == "openai":
            events = [{k: v for k, v in one.items() if k != "id"} for one in chat(number)]
        else:
            usage = {"input_tokens": number, "output_tokens": 1}
            message = {"model": "m", "created_at": 1793527200, "usage": usage}
            delta = {"delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": number}}
            events = [
                {"type": "message_start", "message": message},
                {"type": "message_delta", **delta},
                {"type": "message_stop"},
            ]
        some = sse(events)
        lines += some[: chance.randint(1, len(some))] if chance.random() < 0.2 else some
        lines += ["garbage"] * (chance.random() < 0.2)
    return "\n".join([*lines, ""])


@settings(max_examples=examples(32, 320), deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["openai", "anthropic"]), STEPS)
@pytest.mark.slow
def test_reading_is_cut_anywhere(seed: int, shape: str, steps: list[tuple[str, int]]) -> None:
    """Crashes, rolled-back batches and reads of any size don't change totals."""
    text, expected = cut_and_straight(transcript(seed, shape).encode(), steps, format=shape)
    assert totals(text) == totals(expected)
    assert 'result="accepted"} 0\n' not in expected


def test_many_streams_at_once(tmp_path: Path) -> None:
    """Unfinished streams are limited in number; the oldest is counted as cancelled."""
    lines = [f"data: {json.dumps(chat(number)[0])}" for number in range(1000)]
    assert 'outcome="cancelled"} 1000\n' in counted(tmp_path, lines)
