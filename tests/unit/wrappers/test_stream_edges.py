"""Edge cases of streams: HTTP headers, comments, and events with several data lines."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cut_reading import cut_and_straight, totals
from transcripts import chat, counted, sse

ALL_VALID = 'result="invalid"} 0\n'
HEAD = """\
* Connected to zenmux.ai (192.0.2.1) port 443
} [5 bytes data]
> POST /api/v1/messages HTTP/2
> Authorization: Bearer secret
< HTTP/2 200
< date: Mon, 02 Nov 2026 10:20:31 GMT
< content-type: text/event-stream
< report-to: {"group":"cf-nel","max_age":604800,"endpoints":[]}
< referrer-policy: no-referrer
<
{ [1127 bytes data]
  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current
                                 Dload  Upload   Total   Spent    Left  Speed
100  1127    0  1127    0   120   2113    225 --:--:--  0:00:01 --:--:--  2338
""".splitlines()
BARE = ["", *(line.removeprefix("< ") for line in HEAD[4:9]), ""]


def message(number: int) -> list[str]:
    """The events of a message, which have no time."""
    begin = {"id": f"msg_{number}", "model": "m", "usage": {"input_tokens": 1, "output_tokens": 1}}
    delta = {"delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": begin},
        {"type": "message_delta", **delta},
        {"type": "message_stop"},
    ]
    return [line for event in events for line in ("", f"data: {json.dumps(event)}")]


@pytest.mark.parametrize("head", [HEAD, BARE])
def test_the_time_in_a_head(tmp_path: Path, head: list[str]) -> None:
    """The date header, as `curl -v` and `curl -i` print it, is the time of the answer after it."""
    lines = [*head, *message(1), *head, *message(2), *head, '{"model": "m", "id": "msg_3"}']
    text = counted(tmp_path, lines, "anthropic")
    assert 'outcome="success"} 3\n' in text
    assert "zenmux_last_request_timestamp_seconds 1793614831\n" in text
    assert ALL_VALID in text


def test_reading_is_cut_in_a_head() -> None:
    """A restart between the headers and their answer reads the headers again."""
    lines = [line for number in range(3) for line in (*BARE, *message(number))]
    steps = [("read", 40), ("commit", 0), ("crash", 0)] * 40
    log = "".join(f"{line}\n" for line in lines).encode()
    text, expected = cut_and_straight(log, steps, format="anthropic")
    assert totals(text) == totals(expected)
    assert 'outcome="success"} 3\n' in expected


def test_an_event_of_several_lines_of_data(tmp_path: Path) -> None:
    """Data lines of an event are joined; comments and other fields are ignored."""
    lines = [": ping", "retry: 3000", 'event: {"a": 1}']
    for event in [*chat(1), *chat(2)]:
        lines += [f"data: {line}" for line in json.dumps(event, indent=1).splitlines()]
        lines += ["", ": keep-alive {}", ""]
    text = counted(tmp_path, lines)
    assert 'result="accepted"} 2\n' in text
    assert 'direction="output",token_type="completion"} 5\n' in text
    assert ALL_VALID in text


def test_done_ends_the_only_stream(tmp_path: Path) -> None:
    """`[DONE]` ends the stream even without a finish reason."""
    text = counted(tmp_path, sse(chat(1, with_usage=False)[:2]))
    assert 'outcome="success"} 1\n' in text
    assert 'outcome="cancelled"' not in text


def test_the_chunk_without_an_id_of_azure(tmp_path: Path) -> None:
    """Azure's chunk without an id doesn't belong to any chat."""
    first: dict[str, Any] = {"choices": [], "created": 0, "id": "", "model": ""}
    first["prompt_filter_results"] = [{"prompt_index": 0}]
    chunk = {**first, "object": "chat.completion.chunk"}
    text = counted(tmp_path, sse([{**first, "object": ""}, *chat(1), chunk, *chat(2)]))
    assert 'outcome="success"} 2\n' in text
    assert ALL_VALID in text


@pytest.mark.parametrize(
    ("end", "finish"),
    [
        ({"status": "completed", "output": [{"type": "message"}]}, "stop"),
        ({"status": "completed", "output": [{"type": "function_call"}]}, "tool_calls"),
        (
            {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
            "length",
        ),
    ],
)
def test_why_responses_end(tmp_path: Path, end: dict[str, Any], finish: str) -> None:
    """A Responses finish reason follows from the output, or from why it is incomplete."""
    response = {"id": "resp_1", "created_at": 1793527200, "model": "m", **end}
    event = {"type": f"response.{end['status']}", "response": response}
    text = counted(tmp_path, sse([event]))
    assert f'finish_reason="{finish}"}} 1\n' in text
    assert 'unknown_values_total{field="finish_reason"} 1\n' not in text


def gemini(number: int, finish: str | None = None) -> dict[str, Any]:
    """A chunk of a Gemini stream."""
    usage = {"promptTokenCount": 10, "candidatesTokenCount": 5, "totalTokenCount": 15}
    if finish is None:
        usage |= {"candidatesTokenCount": 1, "totalTokenCount": 11}
    return {
        "candidates": [{"content": {"parts": [{"text": "x"}]}, "finishReason": finish}],
        "usageMetadata": usage,
        "modelVersion": "m",
        "responseId": f"r{number}",
        "createTime": "2026-11-01T00:00:00Z",
    }


def test_streams_of_gemini(tmp_path: Path) -> None:
    """The last running total counts; prompts may be blocked, streams cancelled or failed."""
    blocked = {"promptFeedback": {"blockReason": "SAFETY"}, "modelVersion": "m", "responseId": "b"}
    blocked["createTime"] = "2026-11-01T00:00:00Z"
    error = {"error": {"code": 503, "message": "secret", "status": "UNAVAILABLE"}}
    events = [gemini(1), gemini(1), gemini(1, "STOP"), blocked, gemini(2), error, gemini(3)]
    text = counted(tmp_path, [f"data: {json.dumps(event)}" for event in events], "gemini")
    for line in (
        'result="accepted"} 4\n',
        'outcome="success"} 2\n',
        'outcome="error"} 1\n',
        'outcome="cancelled"} 1\n',
        'direction="input",token_type="prompt"} 30\n',
        'direction="output",token_type="completion"} 7\n',
        'finish_reason="content_filter"} 1\n',
    ):
        assert line in text
    assert ALL_VALID in text
    assert "secret" not in text


NEST = 900
STRANGE: list[str] = [
    '{"type": ["ping"], "message": 1}',
    '{"type": {}, "object": []}',
    '{"type": "message_start", "message": {"id": "\\ud800", "usage": {"\\udc00": 1}}}',
    '{"type": "message_delta", "usage": {"output_tokens": ' + "9" * 5000 + "}}",
    '{"type": "message_delta", "usage": {"output_tokens": 1e999, "x": NaN}}',
    '{"type": "message_delta", "usage": ' + '{"a": ' * NEST + "1" + "}" * (NEST + 1),
    '{"type": "error", "error": ' + "[" * NEST + "]" * NEST + "}",
]


@pytest.mark.parametrize("event", STRANGE)
def test_strange_events(event: str) -> None:
    """Wrong types, lone surrogates, huge numbers and deep nesting don't affect other events."""
    head = "date: Mon, 02 Nov 2026 10:20:31 GMT\n"
    lines = [head, *message(1)[:-2], f"data: {event}", *message(1)[-2:], head, *message(2)]
    log = "".join(f"{line}\n" for line in lines).encode()
    steps = [("read", 100), ("commit", 0), ("crash", 0)] * 40
    text, expected = cut_and_straight(log, steps, format="anthropic")
    assert totals(text) == totals(expected)
    assert re.search('result="accepted"} [23]\n', expected)
