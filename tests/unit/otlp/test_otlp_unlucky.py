"""Odd requests from real programs lose no call and no field that is read."""

import json

import pytest

from exporter.formats.otlp import attributes_read
from exporter.otlp import Signal, decode_in_steps
from otlp_requests import MOST, START, Json, attributes, both, decoded, protobuf, span, traces


def test_integers_of_any_size() -> None:
    """A JSON integer beyond any float gives no time, and no error."""
    data = json.dumps(traces(span(1, {"gen_ai.response.time_to_first_chunk": 77})))
    huge = data.replace('"77"', "9" * 400).encode()
    *_, found = decode_in_steps(huge, Signal.spans, None, MOST, is_json=True)
    assert found is not None
    assert b'"first_chunk"' not in found.lines


@pytest.mark.parametrize("length", [1000, 5000])
def test_long_conversations(length: int) -> None:
    """A large span keeps all fields that are read, before and after its messages."""
    text = "\u00e9" * length
    messages = {f"llm.input_messages.{n}.message.content": text for n in range(100)}
    told = {"exception.stacktrace": text, "exception.type": "RateLimitError"}
    one = span(
        1,
        {
            **messages,
            "output.value": f'{{"id": "gen-1", "content": "{text}"}}',
            "gen_ai.usage.input_tokens": 77,
        },
        events=[
            *[{"name": "gen_ai.content.prompt", "attributes": attributes({"x": text})}] * 40,
            {"name": "gen_ai.content.completion.chunk", "timeUnixNano": str(START + 9)},
            {"name": "exception", "attributes": attributes(told)},
        ],
    )
    (line,) = both(traces(one), attributes_read({}))

    assert line["answer_id"] == "gen-1"
    assert line["first_chunk"] == START + 9
    assert line["exception"] == "RateLimitError"
    assert line["attributes"]["gen_ai.usage.input_tokens"] == 77


def test_ids_of_zeros_are_none() -> None:
    """All-zero ids mean no span; such calls get different ids."""
    zeros: Json = {"traceId": "0" * 32, "spanId": "0" * 16}
    first, second = both(traces(span(1, **zeros), span(2, **zeros)))
    assert first["id"] != second["id"]


def test_a_chunk_before_the_start() -> None:
    """A first chunk before the start is ignored, since it comes from another clock."""
    event = {"name": "gen_ai.content.completion.chunk", "timeUnixNano": str(START - 10**9)}
    (line,) = both(traces(span(1, events=[event])))
    assert "first_chunk" not in line


@pytest.mark.parametrize("cut", [b"\\ud83d", b"\\\\\\ude00", b"\xf0\x9f"])
def test_texts_cut_within_a_character(cut: bytes) -> None:
    """A string truncated within a character doesn't lose any call of the request."""
    request = traces(span(1, {"gen_ai.input.messages": "CUT"}), span(2), resource={"x": "CUT"})
    data = json.dumps(request).encode().replace(b"CUT", cut)
    *_, found = decode_in_steps(data, Signal.spans, attributes_read({}), MOST, is_json=True)
    assert found is not None
    lines = [json.loads(line) for line in found.lines.splitlines()]
    assert [line["attributes"]["gen_ai.request.model"] for line in lines] == ["openai/gpt-5"] * 2


def test_texts_cut_within_a_character_in_protobuf() -> None:
    """A protobuf string truncated within a character doesn't lose any call."""
    request = traces(span(1, {"gen_ai.input.messages": "CUT"}), span(2), resource={"x": "CUT"})
    data = protobuf(request).replace(b"CUT", b"\xf0\x9f\x98")
    *_, found = decode_in_steps(data, Signal.spans, attributes_read({}), MOST, is_json=False)
    assert found == decoded(traces(span(1), span(2)), is_json=True, wanted=attributes_read({}))


@pytest.mark.parametrize("given", [7, ["x"], {"id": "x"}, "text"])
def test_what_may_be_long_is_a_text(given: object) -> None:
    """A possibly long attribute is only kept as a string, in spans and resources."""
    name = "output.value"
    (line,) = both(traces(span(1, {name: given}), resource={name: given}))
    assert line["resource"] == ({name: given} if given == "text" else {})


def test_an_attribute_of_another_type() -> None:
    """An attribute of the wrong type becomes a field fault; the rest is kept."""
    request = json.dumps(traces(span(1, {"gen_ai.usage.input_tokens": 77})))
    data = request.replace('{"intValue": "77"}', '{"stringValue": 77}').encode()
    *_, found = decode_in_steps(data, Signal.spans, attributes_read({}), MOST, is_json=True)
    assert found is not None
    assert json.loads(found.lines)["attributes"]["gen_ai.usage.input_tokens"] == {}
