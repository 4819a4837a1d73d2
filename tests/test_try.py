"""`try`: which format a file fits, what its lines count, and a mapping where none fits."""

import json
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from programs import exporter_command

from exporter.config import load
from exporter.config.options import Options
from exporter.trial.guessing import guess

DATA = Path(__file__).parent / "data"
FITS = {
    "raw_meta.json": ("no format need be named", "1 of 1", "16527  95"),
    "litellm.jsonl": ("format: litellm", "3 of 3", "110  20   0.000225"),
    "openrouter.csv": ("format: openrouter", "3 of 3", "checkout, live"),
    "chat.sse": ("format: openai", "7 of 7", "cancelled"),
    "messages.sse": ("format: anthropic", "4 of 4", "1312  89"),
}


def tried(*arguments: object, given: str = "") -> subprocess.CompletedProcess[str]:
    """The command's outcome."""
    command = exporter_command("try", *map(str, arguments))
    return subprocess.run(
        command, input=given, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("name", FITS)
def test_each_format_is_found(name: str) -> None:
    """By what most of the lines are; the table tells what they count."""
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
    """Why nothing fits, with the first example; the YAML loads, and counts as was shown."""
    log, file = tmp_path / "a.log", tmp_path / "exporter.yml"
    log.write_text("starting\n" + f"INFO {json.dumps(STRANGE)}\n" * 3)
    done = tried(log)
    assert (done.returncode, done.stderr) == (1, "")
    out = done.stdout
    assert "missing_time: 3 lines, first in line 2, which has req, stats, took_seconds" in out
    assert "not_json: 1 lines, first in line 1" in out
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
    """What no column's name tells stands in the mapping to be named."""
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
    assert "# no field looks like model: name it" in done.stdout
    assert "With it 4 of 4 records in the first lines are valid" in done.stdout


def test_nothing_to_make_a_mapping_of(tmp_path: Path) -> None:
    """Text without objects, an empty file, no time, several files, a path that leads to none."""
    text, empty, timeless = (tmp_path / name for name in ("a", "b", "c"))
    text.write_text("hello\nworld\n")
    empty.write_text("")
    timeless.write_text('{"llm": "m"}\n')
    done = tried(text, empty, timeless, DATA / "raw_meta.json")
    assert done.returncode == 1
    assert "nothing to make a mapping of" in done.stdout
    assert "is empty: nothing to try" in done.stdout
    assert "timestamp: NAME_OF_THE_TIME" in done.stdout
    assert "The records have: llm" in done.stdout
    assert "raw_meta.json: fits" in done.stdout
    missing = tried(tmp_path / "none")
    assert missing.returncode == 1
    assert "none" in missing.stderr
    assert tried().returncode == 2


def test_standard_input() -> None:
    """A pipe is tried as a file is."""
    done = tried("-", given=(DATA / "litellm.jsonl").read_text())
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("-: fits (format: litellm)")


def test_guesses_need_fitting_values() -> None:
    """A name alone is not enough; durations take their unit from it."""
    found = guess(
        [{"time": "soon", "created": 1793491200, "model": ["m"], "ttft_s": Decimal("0.5")}]
    )
    assert found["timestamp"] == "created"
    assert "model" not in found
    assert str(found["latency_ms"]).count("Decimal('1000')") == 1
    inner = guess([{"body": json.dumps({"usage": {"input_tokens": 1}})}])
    assert inner == {"input_tokens": "body.usage.input_tokens"}
