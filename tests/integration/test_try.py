"""`try`: format detection, a preview of the counts, and a suggested mapping."""

import json
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporter.config import load
from exporter.config.options import Options
from exporter.trial.guessing import guess
from places import DATA
from programs import exporter_command

FITS = {
    "raw_meta.json": ("no format setting needed", "1 of 1", "16527  95"),
    "litellm.jsonl": ("format: litellm", "3 of 3", "110  20   0.000225"),
    "openrouter.csv": ("format: openrouter", "3 of 3", "checkout, live"),
    "chat.sse": ("format: openai", "7 of 7", "cancelled"),
    "messages.sse": ("format: anthropic", "4 of 4", "1312  89"),
}


def tried(*arguments: object, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run `try`."""
    command = exporter_command("try", *map(str, arguments))
    return subprocess.run(
        command, input=given, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("name", FITS)
def test_each_format_is_found(name: str) -> None:
    """Each format is detected, and the table shows what the lines count."""
    done = tried(DATA / name)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(text in done.stdout for text in FITS[name])
    assert "secret" not in done.stdout


STRANGE = {
    "req": {"uuid": "a", "startTime": "2026-11-01T00:00:00Z", "model_name": "m"},
    "stats": {"promptTokens": 100, "completionTokens": "20", "cost_cents": 5},
    "took_seconds": 1.5,
    "prompt": "secret",
    "key": "sk-ai-v1-0123456789",
}


def test_a_mapping_to_start_from(tmp_path: Path) -> None:
    """If no format fits, the reasons are listed and the suggested mapping works."""
    log, file = tmp_path / "a.log", tmp_path / "exporter.yml"
    log.write_text("starting\n" + f"INFO {json.dumps(STRANGE)}\n" * 3)
    done = tried(log)
    assert (done.returncode, done.stderr) == (1, "")
    out = done.stdout
    assert "missing_time: 3 lines, first in line 2, which has req, stats, took_seconds" in out
    assert "not_json: 1 line, first in line 1" in out
    assert "With it 3 of 4 records in the first lines are valid" in out
    assert "2026-11-01T00:00:00Z  m      unknown   unknown  100  20   0.05" in out
    assert "secret" not in out
    assert "0123456789" not in out
    file.write_text(out[out.index("sources:") : out.index("\nWith it")])
    (source,) = load(file, Options("check", tmp_path)).sources
    assert source.mapping["timestamp"] == "req.startTime"
    again = tried(f"--config.file={file}", log)
    assert (again.returncode, "source my-log of the configuration" in again.stdout) == (0, True)


def test_a_csv_file_without_a_model() -> None:
    """A field that can't be guessed is a placeholder in the mapping."""
    done = tried(DATA / "trace.csv")
    assert done.returncode == 1
    (source,) = yaml.safe_load(done.stdout[done.stdout.index("sources:") :].split("\n#")[0])[
        "sources"
    ]
    assert source["format"] == "csv"
    assert source["mapping"] == {
        "timestamp": "TIMESTAMP",
        "model": {"value": "my-model"},
        "input_tokens": "ContextTokens",
        "output_tokens": "GeneratedTokens",
    }
    assert "# no field looks like the model: write its path" in done.stdout
    assert "With it 4 of 4 records in the first lines are valid" in done.stdout


def test_nothing_to_make_a_mapping_of(tmp_path: Path) -> None:
    """Inputs that give no mapping are reported one by one; a missing path is an error."""
    text, empty, timeless = (tmp_path / name for name in ("a", "b", "c"))
    text.write_text("hello\nworld\n")
    empty.write_text("")
    timeless.write_text('{"llm": "m"}\n')
    done = tried(text, empty, timeless, DATA / "raw_meta.json")
    assert done.returncode == 1
    assert "no mapping can be guessed" in done.stdout
    assert "is empty: nothing to try" in done.stdout
    assert "timestamp: NAME_OF_THE_TIME" in done.stdout
    assert "The records have: llm" in done.stdout
    assert "raw_meta.json: fits" in done.stdout
    missing = tried(tmp_path / "none")
    assert missing.returncode == 1
    assert "none" in missing.stderr
    assert tried().returncode == 2


def test_standard_input() -> None:
    """Standard input works as a file does."""
    done = tried("-", given=(DATA / "litellm.jsonl").read_text())
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("-: fits (format: litellm)")


def test_guesses_need_fitting_values() -> None:
    """Guesses need plausible values; the unit of a duration comes from its name."""
    found = guess(
        [{"time": "soon", "created": 1793491200, "model": ["m"], "ttft_s": Decimal("0.5")}]
    )
    assert found["timestamp"] == "created"
    assert "model" not in found
    assert str(found["latency_ms"]).count("Decimal('1000')") == 1
    inner = guess([{"body": json.dumps({"usage": {"input_tokens": 1}})}])
    assert inner == {"input_tokens": "body.usage.input_tokens"}


LANGFUSE = {
    "id": "a",
    "startTime": "2026-11-01T00:00:00Z",
    "endTime": "2026-11-01T00:00:03Z",
    "model": "m",
    "usage": {"input": 100, "output": 20},
    "costDetails": {"total": 0.05},
    "timeToFirstToken": 1.5,
}
CLOUDFLARE = {
    "created_at": "2026-11-01 00:00:00",
    "model": "m",
    "success": False,
    "tokens_in": 100,
    "tokens_out": 20,
    "cost": 0.05,
    "duration": 1834,
}
HELICONE = {
    "request_created_at": "2026-11-01T00:00:00Z",
    "cache_status": "MISS",
    "response_status": 429,
    "ai_model": "m",
    "cached_input_tokens": 7,
    "llm_prompt_tokens": "100",
    "completion_tokens": 20,
    "costUSD": 0.05,
    "request_time": "2.345",
}
GUESSES: dict[str, tuple[dict[str, Any], dict[str, object]]] = {
    "langfuse": (LANGFUSE, {"input_tokens": "usage.input", "cost_usd": "costDetails.total"}),
    "cloudflare": (
        CLOUDFLARE,
        {"status": {"path": "success", "values": {"true": "success", "false": "error"}}},
    ),
    "helicone": (
        HELICONE,
        {
            "timestamp": "request_created_at",
            "status": "response_status",
            "model": "ai_model",
            "input_tokens": "llm_prompt_tokens",
            "generation_ms": {"path": "request_time", "unit": "s"},
        },
    ),
}


@pytest.mark.parametrize("name", GUESSES)
def test_a_mapping_beats_a_format_that_reads_no_amounts(tmp_path: Path, name: str) -> None:
    """A mapping that finds amounts is preferred to a format that finds none."""
    record, expected = GUESSES[name]
    log, file = tmp_path / "a.log", tmp_path / "exporter.yml"
    log.write_text(f"{json.dumps(record)}\n" * 3)
    done = tried(log)
    assert done.returncode == 1
    assert "m      unknown   unknown  100  20   0.05" in done.stdout
    file.write_text(done.stdout[done.stdout.index("sources:") : done.stdout.index("\nWith it")])
    (source,) = yaml.safe_load(file.read_text())["sources"]
    assert source["mapping"].items() >= expected.items()
    again = tried(f"--config.file={file}", log)
    assert (again.returncode, "source my-log of the configuration" in again.stdout) == (0, True)


def test_a_stream_without_usage(tmp_path: Path) -> None:
    """A stream without usage fits, with a note that it has no tokens or costs."""
    log = tmp_path / "a.log"
    chunk = {"id": "a", "object": "chat.completion.chunk", "created": 1793527200, "model": "m"}
    log.write_text(f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n")
    done = tried(log)
    assert done.returncode == 0
    assert "fits (format: openai)" in done.stdout
    assert "No record has tokens or costs." in done.stdout


def test_a_stream_without_a_time(tmp_path: Path) -> None:
    """For streamed answers without a time no mapping is suggested."""
    log = tmp_path / "a.log"
    lines = (DATA / "messages.sse").read_text().splitlines()
    events = [line[line.index("data: ") :] for line in lines if "data: " in line]
    log.write_text("".join(f"{event}\n" for event in events))
    done = tried(log)
    assert done.returncode == 1
    assert "look like streamed answers (format: anthropic)" in done.stdout
    assert "mapping:" not in done.stdout
    assert "secret" not in done.stdout


def test_decimal_commas(tmp_path: Path) -> None:
    """Decimal commas are detected by column; other commas are thousands separators."""
    log = tmp_path / "a.csv"
    head = "time;model;input_tokens;output_tokens;cost_usd;took_s\n"
    log.write_text(head + "2026-11-01 00:00:00;m;1.234;20;0,05;1,5\n")
    done = tried(log)
    assert "m      unknown   unknown  1234  20   0.05" in done.stdout
    found = guess([{"input_tokens": "1,234", "cost_usd": "1,5"}])
    assert found.keys() == {"cost_usd"}
