"""Secrets are told by their shape: keys show as their hash, what could be guessed does not."""

import hashlib
import time

import pytest

from exporter.values.labels import clean, snake_case
from exporter.values.masking import hashed, holds_key, masked

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVPmB92K27uhbUJU1p1r"
KEYS = (
    "sk-a", "SK-AI-V1-0123456789ABCDEF", "Sk-x", "sk-proj-Ab_1-2", "sk-ss-v1-abc",
    "sk_live_0123456789", "AKIAIOSFODNN7EXAMPLE", "AIza" + "b" * 35, "ya29." + "a" * 30,
    "ghp_" + "a" * 36, "github_pat_" + "a" * 30, "glpat-" + "a" * 20, "xoxb-1234567890-abc",
    "hf_" + "a" * 34, "gsk_" + "a" * 52, JWT,
    "-----BEGIN EC PRIVATE KEY-----MHcCAQEE-----END EC PRIVATE KEY-----",
)  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_a_key_shows_as_its_hash(key: str) -> None:
    """Alone and within a longer text, in labels and messages, as the same hash."""
    assert clean(f" {key} ") == masked(key) == hashed(key)
    assert clean(f"key {key} failed") == masked(f"key {key} failed") == f"key {hashed(key)} failed"
    assert masked(f'/logs/{key}/a "{key}"') == f'/logs/{hashed(key)}/a "{hashed(key)}"'
    assert holds_key(key)


def test_a_value_that_begins_as_a_key_is_one() -> None:
    """Of a label's value nothing after the prefix is shown; a compensation type is no exception."""
    assert clean("sk-a b/c") == snake_case(" sk-a b/c") == hashed("sk-a b/c")
    assert masked("sk-a b/c") == f"{hashed('sk-a')} b/c"
    assert snake_case("HighLatency") == "high_latency"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Bearer abc", f"Bearer {hashed('abc')}"),
        ("Authorization: bearer sk-ai-v1-a", f"Authorization: bearer {hashed('sk-ai-v1-a')}"),
        ("a xsk-ss-v1-c!", f"a x{hashed('sk-ss-v1-c!')}"),
        ("jane.doe+x@corp.example.com", "***@***"),
        ("from ünï@exämple.de: no", "from ***@***: no"),
        ("is jane@example.com.", "is ***@***."),
        ("/logs/jane@example.com.jsonl.1", "/logs/***@***.1"),
        ("a.b@d.uk.1b+c@d.uk.1", "***@******@***.1"),
        ("https://user:secret@host/x", "https://***@host/x"),
        ("Basic dXNlcjpzZWNyZXQ=", "Basic ***"),
    ],
)
def test_parts(text: str, shown: str) -> None:
    """What is no secret stays; a hash of a mail address or a password could be guessed back."""
    assert masked(text) == clean(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "anthropic/claude-sonnet-4.5", "claude-3-5-sonnet@20240620", "disk-1 risk-free task-7",
        "basic plan", "bearer token is missing", "2534AKkA4Nqn14642786", "glm-4.6", "x@y",
        "sha256:ed0ec4d03dbe", "eyJ", "gen_01abc123def456", "a@b@c",
    ],
)  # fmt: skip
def test_names_stay(text: str) -> None:
    """Models, ids and words are no secrets."""
    assert masked(text) == clean(text) == text
    assert not holds_key(text)


@pytest.mark.parametrize("text", [*KEYS, "Bearer x", "a@b.cd", "a://b@c", "Basic YWJjZGVm"])
def test_masking_twice_changes_nothing(text: str) -> None:
    """A mask has the shape of no secret."""
    text = f"a {text} b"

    assert masked(masked(text)) == masked(text)
    assert clean(clean(text)) == clean(text)


PARTS = ("a", "a@", "a.", "sk-", "eyJa.", "bearer ", "x@" + "a." * 500, "a@b.cd.1", "@a.a")


@pytest.mark.parametrize("part", PARTS)
def test_long_texts_take_no_time(part: str) -> None:
    """Time grows as the text does; of a value no more is looked at than may be shown."""
    text = "x " + part * ((1 << 18) // len(part))
    begun = time.process_time()
    masked(text)
    assert time.process_time() - begun < 5
    begun = time.process_time()
    for number in range(20):
        clean(f"{text}{number}")
    assert time.process_time() - begun < 5


def test_long_values() -> None:
    """The hash of what is cut is that of the whole text, however long."""
    text = "x" * 10_000
    digest = hashlib.sha256(text.encode()).hexdigest()

    assert clean(text) == f"{'x' * 128}~{digest[:8]}"
    assert clean("sk-" + text) == hashed("sk-" + text)
    assert clean("a@b.cd " + text).startswith("***@*** xxx")


@pytest.mark.parametrize(
    "text",
    [
        "Bearer " + "A" * 4089 + "S3CR3T" * 4,
        "Authorization: Bearer\nS3CR3TS3CR3T",
        "Bearer key-S3CR3TS3CR3T",
        "Bearer Bearer S3CR3TS3CR3T",
    ],
)
def test_no_rest_of_a_secret_is_shown(text: str) -> None:
    """A long secret's end, one behind a line break, one that begins with a word of prose."""
    assert "S3CR3T" not in clean(text)
