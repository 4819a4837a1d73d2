"""Transcripts of streams, and what `once` counts from them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cut_reading import config_of
from exporter.count_files import count_once


def chat(number: int, *, with_usage: bool = True) -> list[dict[str, Any]]:
    """Return the chunks of a chat."""
    begin = {"id": f"gen_{number}", "object": "chat.completion.chunk", "created": 1793527200}
    begin["model"] = "m"
    usage = {"prompt_tokens": 3, "completion_tokens": number + 1, "total_tokens": number + 4}
    chunks: list[dict[str, Any]] = [
        {**begin, "choices": [{"delta": {"content": "x"}, "finish_reason": reason}]}
        for reason in (None, None, "stop")
    ]
    return [*chunks, {**begin, "choices": [], "usage": usage}] if with_usage else chunks


def sse(events: Sequence[dict[str, Any]]) -> list[str]:
    """Return events as the lines of a stream, with its end marker."""
    return [*(f"data: {json.dumps(event)}" for event in events), "data: [DONE]", ""]


def counted(tmp_path: Path, lines: Sequence[str], shape: str = "openai") -> str:
    """Return the output of `once` for lines."""
    (tmp_path / "a.log").write_text("".join(f"{line}\n" for line in lines))
    return count_once(config_of(tmp_path, tmp_path / "a.log", format=shape))
