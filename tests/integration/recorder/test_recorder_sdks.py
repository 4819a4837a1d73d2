"""The SDKs of OpenAI and Anthropic, pointed at a server that speaks ZenMux's protocols."""

from __future__ import annotations

import json
import re
import subprocess
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from places import ROOT
from programs import exporter_command
from recording import Lines
from recording.answers import CHAT_USAGE, MESSAGES_USAGE, RESPONSES_USAGE, SECRET_ANSWER
from recording.model_server import ModelServer
from zenmux_recorder import Recorder

# Imported lazily, since the SDKs take seconds to import.
if TYPE_CHECKING:
    import anthropic
    import openai

pytest_plugins = ["recording.fixtures"]
KEY = "sk-ai-v1-0123456789abcdef"
PROMPT = "the question nobody else may read"
MESSAGE: Any = {"role": "user", "content": PROMPT}
CHAT, CLAUDE = "openai/gpt-5", "anthropic/claude-sonnet-4.5"
NUMBERS_OF_MESSAGES = {name: one for name, one in MESSAGES_USAGE.items() if name != "service_tier"}


def openai_client(server: ModelServer, recorder: Recorder) -> openai.OpenAI:
    """The OpenAI SDK with the recorder's client."""
    import openai

    url = f"{server.url}/api/v1"
    return openai.OpenAI(base_url=url, api_key=KEY, http_client=recorder.client(), max_retries=0)


def async_openai_client(server: ModelServer, recorder: Recorder) -> openai.AsyncOpenAI:
    """The async OpenAI SDK with the recorder's client."""
    import openai

    url = f"{server.url}/api/v1"
    return openai.AsyncOpenAI(
        base_url=url, api_key=KEY, http_client=recorder.async_client(), max_retries=0
    )


def anthropic_client(server: ModelServer, recorder: Recorder) -> anthropic.Anthropic:
    """The Anthropic SDK with the recorder's client."""
    import anthropic

    url = f"{server.url}/api/anthropic"
    return anthropic.Anthropic(
        base_url=url, api_key=KEY, http_client=recorder.client(), max_retries=0
    )


def async_anthropic_client(server: ModelServer, recorder: Recorder) -> anthropic.AsyncAnthropic:
    """The async Anthropic SDK with the recorder's client."""
    import anthropic

    url = f"{server.url}/api/anthropic"
    return anthropic.AsyncAnthropic(
        base_url=url, api_key=KEY, http_client=recorder.async_client(), max_retries=0
    )


def use_openai(server: ModelServer, recorder: Recorder) -> None:
    """Send Chat Completions and Responses, whole and streamed."""
    with openai_client(server, recorder) as client:
        body = client.chat.completions.create(model=CHAT, messages=[MESSAGE])
        assert body.choices[0].message.content == SECRET_ANSWER
        stream = client.chat.completions.create(
            model=CHAT, messages=[MESSAGE], stream=True, stream_options={"include_usage": True}
        )
        texts = [one.choices[0].delta.content or "" for one in stream if one.choices]
        assert "".join(texts) == f"{SECRET_ANSWER} and more"
        answer = client.responses.create(model=CHAT, input=PROMPT)
        assert answer.output_text == SECRET_ANSWER
        events = list(client.responses.create(model=CHAT, input=PROMPT, stream=True))
        assert events[-1].type == "response.completed"


async def use_async_openai(server: ModelServer, recorder: Recorder) -> None:
    """Send the same with the async SDK."""
    async with async_openai_client(server, recorder) as client:
        body = await client.chat.completions.create(model=CHAT, messages=[MESSAGE])
        assert body.choices[0].message.content == SECRET_ANSWER
        stream = await client.chat.completions.create(
            model=CHAT, messages=[MESSAGE], stream=True, stream_options={"include_usage": True}
        )
        texts = [one.choices[0].delta.content or "" async for one in stream if one.choices]
        assert "".join(texts) == f"{SECRET_ANSWER} and more"
        answer = await client.responses.create(model=CHAT, input=PROMPT)
        assert answer.output_text == SECRET_ANSWER
        events = [
            one
            async for one in await client.responses.create(model=CHAT, input=PROMPT, stream=True)
        ]
        assert events[-1].type == "response.completed"


def use_anthropic(server: ModelServer, recorder: Recorder) -> None:
    """Send Messages, whole and streamed."""
    with anthropic_client(server, recorder) as client:
        body = client.messages.create(model=CLAUDE, max_tokens=9, messages=[MESSAGE])
        assert body.usage.output_tokens == 50
        with client.messages.stream(model=CLAUDE, max_tokens=9, messages=[MESSAGE]) as stream:
            assert "".join(stream.text_stream) == f"{SECRET_ANSWER} and more"


async def use_async_anthropic(server: ModelServer, recorder: Recorder) -> None:
    """Send the same with the async SDK."""
    async with async_anthropic_client(server, recorder) as client:
        body = await client.messages.create(model=CLAUDE, max_tokens=9, messages=[MESSAGE])
        assert body.usage.output_tokens == 50
        async with client.messages.stream(model=CLAUDE, max_tokens=9, messages=[MESSAGE]) as stream:
            texts = [text async for text in stream.text_stream]
        assert "".join(texts) == f"{SECRET_ANSWER} and more"


def check_openai(server: ModelServer, written: list[dict[str, Any]]) -> None:
    """Assert two lines of Chat Completions and two of Responses, with the server's data."""
    assert [line["id"] for line in written] == server.ids
    assert [line["usage"] for line in written] == [CHAT_USAGE] * 2 + [RESPONSES_USAGE] * 2
    assert [line["api"] for line in written] == ["chat.completions"] * 2 + ["responses"] * 2
    check_all(written, CHAT, "stop")


def check_anthropic(server: ModelServer, written: list[dict[str, Any]]) -> None:
    """Assert two lines of Messages, with the server's data."""
    assert [line["id"] for line in written] == server.ids
    assert [line["usage"] for line in written] == [NUMBERS_OF_MESSAGES] * 2
    check_all(written, CLAUDE, "end_turn")


def check_all(written: list[dict[str, Any]], model: str, finish: str) -> None:
    """Assert the fields that all lines have; every second answer was streamed."""
    assert [line["streamed"] for line in written] == [False, True] * (len(written) // 2)
    for line in written:
        facts = (line["model"], line["api_key"], line["status"], line["finish_reason"])
        assert facts == (model, "checkout", "success", finish)
        assert line["generation_ms"] >= 0
        assert (line["latency_ms"] > 0) is line["streamed"]


def test_openai(server: ModelServer, recorder: Recorder, lines: Lines) -> None:
    """The SDK works unchanged, and each request has its line."""
    use_openai(server, recorder)
    check_openai(server, lines())


async def test_async_openai(server: ModelServer, recorder: Recorder, lines: Lines) -> None:
    """The async SDK works unchanged, and each request has its line."""
    await use_async_openai(server, recorder)
    check_openai(server, lines())


def test_anthropic(server: ModelServer, recorder: Recorder, lines: Lines) -> None:
    """The SDK works unchanged, and each request has its line."""
    use_anthropic(server, recorder)
    check_anthropic(server, lines())


async def test_async_anthropic(server: ModelServer, recorder: Recorder, lines: Lines) -> None:
    """The async SDK works unchanged, and each request has its line."""
    await use_async_anthropic(server, recorder)
    check_anthropic(server, lines())


def refuse_openai(server: ModelServer, recorder: Recorder) -> None:
    """Send a request that the server refuses."""
    import openai

    with openai_client(server, recorder) as client, pytest.raises(openai.RateLimitError):
        client.chat.completions.create(model="openai/limited", messages=[MESSAGE])


def refuse_anthropic(server: ModelServer, recorder: Recorder) -> None:
    """Send a request that the server refuses."""
    import anthropic

    with anthropic_client(server, recorder) as client, pytest.raises(anthropic.RateLimitError):
        client.messages.create(model="openai/limited", max_tokens=9, messages=[MESSAGE])


@pytest.mark.parametrize("refuse", [refuse_openai, refuse_anthropic])
def test_refused(
    server: ModelServer,
    recorder: Recorder,
    lines: Lines,
    refuse: Callable[[ModelServer, Recorder], None],
) -> None:
    """An HTTP error reaches the caller; its line has status, type and the requested model."""
    refuse(server, recorder)
    (line,) = lines()
    facts = (line["status"], line["error_type"], line["model"], line["request_id"])
    assert facts == (429, "rate_limit", "openai/limited", "req-1")


@pytest.mark.parametrize("page", ["recorder/README.md", "docs/recorder.md", "docs/first-graph.md"])
def test_example(
    server: ModelServer, path: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    """The documentation's example records a request."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    code = re.sub(r"/var/log/\w+/\w+.jsonl", str(path), textwrap.dedent(example))
    names: dict[str, Any] = {}
    exec(code.replace("https://zenmux.ai", server.url), names)
    with names["client"] as client:
        client.chat.completions.create(model=CHAT, messages=[MESSAGE])
    names["recorder"].close()
    assert server.ids == [json.loads(path.read_text())["id"]]


def test_nothing_secret(server: ModelServer, recorder: Recorder, lines: Lines, path: Path) -> None:
    """Prompts, answers and keys are never written."""
    use_openai(server, recorder)
    use_anthropic(server, recorder)
    refuse_openai(server, recorder)
    assert len(lines()) == 7
    text = path.read_text()
    assert not any(secret in text for secret in (PROMPT, SECRET_ANSWER, "and more", KEY, "sk-"))


def test_requests_are_not_altered(server: ModelServer, recorder: Recorder) -> None:
    """The server gets the headers that it would get without the recorder."""
    import openai

    use_openai(server, recorder)
    recorded, server.requests = server.requests, []
    with openai.OpenAI(base_url=f"{server.url}/api/v1", api_key=KEY, max_retries=0) as client:
        client.chat.completions.create(model=CHAT, messages=[MESSAGE])
    for request in (recorded[0], server.requests[0]):
        # Instrumentations loaded by other tests stay in the process and add this header.
        request.pop("traceparent", None)
    assert recorded[0] == server.requests[0]


async def test_exporter_counts_what_was_told(
    server: ModelServer, recorder: Recorder, lines: Lines, path: Path
) -> None:
    """The exporter's totals match the server's: 12 answers of 150 tokens."""
    use_openai(server, recorder)
    use_anthropic(server, recorder)
    await use_async_openai(server, recorder)
    await use_async_anthropic(server, recorder)
    assert len(lines()) == len(server.ids) == 12
    found = counted(path)
    tokens = {name: int(one) for name, one in found.items() if name.startswith("zenmux_tokens")}
    assert sum(tokens.values()) == 12 * 150
    assert _total(tokens, 'token_type="input_cache_read"') == 12 * 80
    # Messages do not report reasoning tokens separately.
    assert _total(tokens, 'token_type="internal_reasoning"') == 8 * 20
    labels = 'api_key="checkout",model="openai/gpt-5",provider="unknown",plan="payg"'
    assert found[f'zenmux_requests_total{{{labels},outcome="success"}}'] == "8"
    for name in ("field_faults", "unknown_values", "token_mismatch", "invalid_records"):
        start = f"zenmux_exporter_{name}"
        assert not any(float(one) for series, one in found.items() if series.startswith(start))
    counts = {name: one for name, one in found.items() if "seconds_count" in name}
    assert _total(counts, "zenmux_time_to_first_token_seconds") == 6
    assert _total(counts, "zenmux_request_duration_seconds") == 12


def counted(path: Path) -> dict[str, str]:
    """Return the samples that `once` prints for a file, by series."""
    once = subprocess.run(
        exporter_command("once", str(path)), cwd=ROOT, capture_output=True, text=True, check=True
    )
    return dict(line.rsplit(" ", 1) for line in once.stdout.splitlines() if line[0] != "#")


def _total(samples: dict[str, Any], part: str) -> int:
    return sum(int(one) for name, one in samples.items() if part in name)
