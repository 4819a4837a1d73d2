"""Secrets are recognised by their form: keys become hashes; guessable secrets become `***`."""

import hashlib
import time
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.demo import Traffic
from exporter.demo.market import MODELS, PROVIDERS
from exporter.values.labels import clean, snake_case
from exporter.values.masking import hashed, holds_key, masked

A = "aB3" * 40
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVPmB92K27uhbUJU1p1r"
KEYS = (
    "sk-a", "SK-AI-V1-0123456789ABCDEF", "Sk-x", "sk-proj-Ab_1-2", "sk-ss-v1-abc",
    "sk_live_0123456789", "AKIAIOSFODNN7EXAMPLE", "AIza" + "b" * 35, "ya29." + "a" * 30,
    "ghp_" + "a" * 36, "github_pat_" + "a" * 30, "glpat-" + "a" * 20, "xoxb-1234567890-abc",
    "hf_" + "a" * 34, "gsk_" + "a" * 52, JWT,
    # Concatenated, so that secret scanners don't report them.
    "SG." + A[:22] + "." + A[:43], "whsec_" + A[:32], "GOCSPX-" + A[:28], "1//0" + A[:60],
    "123456789:A" + A[:34], "abc8" + "Q~" + A[:34], A[:52] + "JQQJ9" + "9ALACYeBjF" + A[:17],
    "ABSK" + A[:110] + "==", "bedrock-api-key-" + A, "ABIA" + "A1" * 8,
    "csk-" + "a" * 48, "fw_" + A[:22], "xai-" + A[:84], "pplx-" + A[:48], "r8_" + A[:37],
    "tgp_v1_" + A[:43], "pcsk_" + A[:6] + "_" + A[:63], "tvly-dev-" + A[:32], "nvapi-" + A[:64],
    "lsv2_pt_" + "a" * 32 + "_" + "b" * 10, "dapi" + "0f" * 16, "dop_v1_" + "0f" * 32,
    "dckr_pat_" + A[:27], "glsa_" + A[:32] + "_0fe21a", "lin_api_" + A[:40], "pypi-AgE" + A[:80],
    "shpat_" + "0f" * 16, "sbp_" + "0f" * 20, "hvs." + A[:90], "npm_" + A[:36],
    "-----BEGIN EC PRIVATE KEY-----MHcCAQEE-----END EC PRIVATE KEY-----",
    "-----BEGIN%20PRIVATE%20KEY-----\\nMIIE\\n-----END%20PRIVATE%20KEY-----",
    "-----BEGIN PGP PRIVATE KEY BLOCK-----lQOY-----END PGP PRIVATE KEY BLOCK-----",
)  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_a_key_shows_as_its_hash(key: str) -> None:
    """A key has the same hash alone and within text, in labels and messages."""
    assert clean(f" {key} ") == masked(key) == hashed(key)
    assert clean(f"key {key} failed") == masked(f"key {key} failed") == f"key {hashed(key)} failed"
    assert masked(f'/logs/{key}/a "{key}"') == f'/logs/{hashed(key)}/a "{hashed(key)}"'
    assert holds_key(key)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    "before", ["%20", "%3D", "\\n", "\\\\n", "\\\\\\\\t", "\\u0020", "=", "(", "/"]
)
def test_a_key_behind_an_escape(before: str, key: str) -> None:
    """An escape's last character doesn't count as a word before the key."""
    assert masked(f"a{before}{key} b") == f"a{before}{hashed(key)} b"


SECRET = A[:20] + "/" + A[:20]


@pytest.mark.parametrize(
    ("before", "secret", "after"),
    [
        ("AccountName=a;AccountKey=", A[:60] + "+/x==", ";EndpointSuffix=core.windows.net"),
        ("SharedAccessKeyName=Root;SharedAccessKey=", A[:44], ";"),
        (
            "https://a.blob.core.windows.net/b?se=2026-11-01T00%3A00%3A00Z&sig=",
            A[:40] + "%3D",
            "&a",
        ),
        ("https://a.s3.amazonaws.com/b?X-Amz-Signature=", "0f" * 32, "&b"),
        ("aws_secret_access_key = ", SECRET[:40], ""),
        ('"SecretAccessKey": "', SECRET[:40], '"'),
        ("https://hooks.slack.com/services/", "T0A1/B0A1/" + A[:24], ""),
        ("https://discord.com/api/webhooks/123456789/", A[:68], "?wait=true"),
        ("https://api.telegram.org/bot", "123456789:A" + A[:34], "/sendMessage"),
        ("%22", "sk-ai-v1-abc", "%22%2C"),
        ("%2Flogs%2F", "sk-ai-v1-abc", "%2Fapp.jsonl"),
        ("a ", "sk-" + A[:9] + "/" + A[:9] + "+x/" + A[:9] + "=", " b"),
        ("/logs/", "sk-ai-v1-abc", "/current/2026-11/App.jsonl"),
        ("Bearer%20", "abc", " b"),
        ("Authorization: Bearer\\n", "abc", ""),
    ],
)
def test_what_stands_around_a_key_stays(before: str, secret: str, after: str) -> None:
    """Only the key is masked, even if it is recognised by the text before it."""
    assert masked(f"x {before}{secret}{after}") == f"x {before}{hashed(secret)}{after}"


def test_a_value_that_begins_as_a_key_is_one() -> None:
    """A label value or compensation type with a key's prefix is hashed as a whole."""
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
    """Mail addresses and passwords aren't hashed, because their hashes could be guessed."""
    assert masked(text) == clean(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "anthropic/claude-sonnet-4.5", "claude-3-5-sonnet@20240620", "disk-1 risk-free task-7",
        "basic plan", "bearer token is missing", "2534AKkA4Nqn14642786", "glm-4.6", "x@y",
        "sha256:ed0ec4d03dbe", "eyJ", "gen_01abc123def456", "a@b@c", "AccountKey=", "SG.1.2",
        "x-ai/grok-4-fast-non-reasoning", "xai-grok-4-fast-non-reasoning-2026-01-01",
        "hf_meta-llama-3.1-405b-instruct", "fw_llama_v3p1_405b_instruct", "task%20force", "1:A",
        "hooks.slack.com/services/a", "sig=1", "npm_lifecycle_event_of_package_x",
        "/api/webhooks/1/a",
        "a%2Fb%20c", r"C:\new\table", "claude-opus-4-1@20250805", "arn:aws:bedrock:eu:1:x/a.b-v1:0",
    ],
)  # fmt: skip
def test_names_stay(text: str) -> None:
    """Models, ids and plain words aren't masked."""
    assert masked(text) == clean(text) == text
    assert not holds_key(text)


@pytest.mark.parametrize("text", [*KEYS, "Bearer x", "a@b.cd", "a://b@c", "Basic YWJjZGVm"])
def test_masking_twice_changes_nothing(text: str) -> None:
    """A masked text contains no secrets to mask."""
    text = f"a {text} b"

    assert masked(masked(text)) == masked(text)
    assert clean(clean(text)) == clean(text)


PARTS = ("a", "a@", "a.", "sk-", "eyJa.", "bearer ", "x@" + "a." * 500, "a@b.cd.1", "@a.a")


@pytest.mark.parametrize("part", PARTS)
def test_long_texts_take_no_time(part: str) -> None:
    """Masking takes linear time; of a label value only the part that may be shown is scanned."""
    text = "x " + part * ((1 << 18) // len(part))
    begun = time.process_time()
    masked(text)
    assert time.process_time() - begun < 20
    begun = time.process_time()
    for number in range(20):
        clean(f"{text}{number}")
    assert time.process_time() - begun < 20


def test_long_values() -> None:
    """A truncated value ends with the hash of the whole text."""
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
    """Very long secrets and secrets after a line break or plain words are masked completely."""
    assert "S3CR3T" not in clean(text)


START = 1_793_491_200_000
WORDS = st.sampled_from(
    sorted({word for slug in (*MODELS, *PROVIDERS) for word in slug.split("/")})
)
NAMES = st.one_of(
    st.uuids().map(str),
    st.uuids().map(lambda one: one.hex),
    st.uuids().map(lambda one: f"gen_{one.hex}"),
    st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", max_size=32).map(
        lambda one: f"gen_{one}"
    ),
    st.from_regex(r"[0-9]{4}[A-Z]{4}[a-z][0-9]{2}[A-Z][0-9]{8}", fullmatch=True),
    st.datetimes().map(lambda one: f"{one.isoformat()}Z"),
    st.lists(WORDS, min_size=1, max_size=3).map("/".join),
    st.tuples(WORDS, st.dates()).map(lambda both: f"/var/log/{both[0]}-{both[1]}.jsonl.1.gz"),
    st.tuples(WORDS, st.integers(0, 10**12)).map(lambda both: f"{both[0]}@{both[1]}"),
)


@given(NAMES, NAMES)
def test_names_and_ids_stay(name: str, other: str) -> None:
    """Ids, times, model names and file names aren't masked, alone or next to each other."""
    text = f"{name} {other}, {name}%20{other}"

    assert masked(text) == text
    assert masked(name) == name


@pytest.mark.slow
def test_the_demo_shows_what_it_wrote() -> None:
    """Nothing in the demo's lines is masked."""
    lines = [event.line.decode(errors="replace") for event in islice(Traffic(7, START), 5000)]

    assert [line for line in lines if masked(line) != line and "sk-" not in line] == []
