"""Display of label values: names, ids, keyed hashes, allow and deny lists, limits."""

import hashlib
import hmac
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from exporter.config import Config, Key, LabelRule, Source, Storage, load
from exporter.config.model import default_labels
from exporter.config.options import Options
from exporter.count_files import count_once
from exporter.errors import ConfigError
from programs import exporter, get, wait_until

Shown = Callable[..., dict[str, int]]
SECRET = b"0123456789abcdef"
KEYS = {"key_1": Key("checkout"), "key_2": Key("ops@example.com")}


def hashed(text: str) -> str:
    """Return the keyed hash of an id."""
    return "hmac:" + hmac.new(SECRET, text.encode(), hashlib.sha256).hexdigest()[:12]


@pytest.fixture
def shown(tmp_path: Path) -> Shown:
    """Return a function that counts requests by displayed label value."""

    def run(label: str, values: list[str], **rule: Any) -> dict[str, int]:
        log = tmp_path / "a.jsonl"
        log.write_text(
            "".join(
                f'{{"timestamp": 1793491200, "model": "m", "{label}": "{value}"}}\n'
                for value in values
            )
        )
        lists: dict[str, Any] = {
            name: frozenset(rule.pop(name)) for name in ("allow", "deny") if name in rule
        }
        settings: dict[str, Any] = {"limit": 9, **rule, **lists}
        labels = {**default_labels(), label: LabelRule(**settings)}
        source = Source(name="a", type="file", path=str(log))
        text = count_once(
            Config(
                sources=(source,),
                keys=KEYS,
                labels=labels,
                hash_key=SECRET,
                storage=Storage(path=tmp_path),
            )
        )
        rows = re.findall(rf'requests_total{{.*?{label}="([^"]*)".*outcome="success"}} (\d+)', text)
        return {value: int(number) for value, number in rows}

    return run


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("name", ("checkout", "ops@example.com", "key_3", "***@***")),
        ("id", ("key_1", "key_2", "key_3", "***@***")),
        ("hash", ("checkout", "ops@example.com", hashed("key_3"), hashed("a@b.cd"))),
    ],
)
def test_keys(shown: Shown, form: str, expected: tuple[str, ...]) -> None:
    """A configured name is used unless ids are requested; hashes distinguish mail addresses."""
    found = shown("api_key", ["key_1", " key_2 ", "key_3", "a@b.cd"], form=form)

    assert found == dict.fromkeys(expected, 1)


@pytest.mark.parametrize(
    ("lists", "expected"),
    [
        ({"allow": ["a/*"]}, {"a/x": 1, "a/y": 1, "other": 2}),
        ({"allow": ["a/x", "[bc]/?"]}, {"a/x": 1, "b/x": 1, "other": 2}),
        ({"deny": ["a/*"]}, {"other": 2, "b/x": 1, "B/x": 1}),
        ({"deny": ["a/*"], "allow": ["a/x"]}, {"a/x": 1, "other": 3}),
        ({"deny": ["a/x"], "allow": ["a/*"]}, {"a/y": 1, "other": 3}),
        ({"deny": ["*/x"], "allow": ["a/*"]}, {"a/y": 1, "other": 3}),
        ({"deny": ["?"]}, {"a/x": 1, "a/y": 1, "b/x": 1, "B/x": 1}),
    ],
)
def test_lists(shown: Shown, lists: Mapping[str, list[str]], expected: Mapping[str, int]) -> None:
    """Patterns match whole values; exact entries take precedence."""
    assert shown("provider", ["a/x", "a/y", "b/x", "B/x"], **lists) == expected


def test_patterns_keep_the_limit(shown: Shown) -> None:
    """Only exact entries are exempt from the limit, not values that match a pattern."""
    found = shown("provider", ["a", "b", "c", "d"], allow=["*", "d"], limit=2)

    assert found == {"a": 1, "b": 1, "other": 1, "d": 1}


def test_lists_name_ids_of_hashed_keys(shown: Shown) -> None:
    """With hashed keys lists match the ids; a pattern does not hide a configured name."""
    found = shown("api_key", ["key_1", "key_3", "key_4"], form="hash", deny=["*_3", "check*"])

    assert found == {"checkout": 1, "other": 1, hashed("key_4"): 1}


CONFIG = """
sources: [{{name: main, type: file, path: "{log}"}}]
labels:
  api_key: {{display: hash, limit: 2}}
  provider: {{deny: ["secret-*"]}}
"""
LINE = (
    '{{"id": "{0}", "timestamp": 1793491200, "model": "m", "api_key": "key_{0}", '
    '"provider": "secret-{0}", "compensation": {{"type": "t", "payout_usd": 1}}}}\n'
)


def test_hashes_survive_a_restart(tmp_path: Path) -> None:
    """The hash key is created once with mode 0600; overflowed values stay in `other`."""
    log, config = tmp_path / "a.jsonl", tmp_path / "exporter.yml"
    log.write_text("".join(map(LINE.format, range(3))))
    config.write_text(CONFIG.format(log=log))
    with exporter(tmp_path, f"--config.file={config}") as (_, url):
        wait_until(lambda: get(f"{url}/-/ready")[0] == 200, "it is counted")
        before = requests(url)
        rows = get(f"{url}/api/v1/compensations")[1]
    log.write_text("".join(map(LINE.format, range(5))))
    with exporter(tmp_path, f"--config.file={config}") as (_, url):
        wait_until(lambda: sum(requests(url).values()) == 5, "the rest is counted")
        after = requests(url)
        page = get(f"{url}/metrics")[1]

    assert sorted(before.values()) == [1, 1, 1]
    assert after == {**before, "other": 3}
    assert "key_" not in rows + page
    assert "secret-" not in rows + page
    assert (tmp_path / "state" / "hash.key").stat().st_mode & 0o777 == 0o600


def requests(url: str) -> dict[str, int]:
    """Successful requests by key."""
    text = get(f"{url}/metrics")[1]
    rows = re.findall(r'requests_total{api_key="([^"]*)".*outcome="success"} (\d+)', text)
    return {value: int(number) for value, number in rows}


HASH = "labels: {api_key: {display: hash}}\n"


def options(command: str, path: Path) -> Options:
    """Options of a command with a default storage path."""
    return Options(command, default_storage_path=path, files=("a",))


def test_where_the_secret_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hash key is read from a file or variable, else from the file that only `run` creates."""
    config, secret, state = tmp_path / "c.yml", tmp_path / "secret", tmp_path / "state"
    secret.write_bytes(SECRET + b"\n")
    config.write_text(HASH)
    for command in ("reconcile", "backfill"):
        with pytest.raises(ConfigError, match=r"state/hash\.key: is missing, so hashes would"):
            load(config, options(command, state))
    assert len(load(config, options("once", state)).hash_key) == 32
    assert not state.exists()
    made = load(config, options("run", state)).hash_key
    assert {load(config, options(one, state)).hash_key for one in ("run", "backfill")} == {made}
    assert state.stat().st_mode & 0o777 == 0o700
    # A crash while writing leaves a partial temporary file, and process ids are reused.
    (state / f".hash.key.{os.getpid()}").write_bytes(b"half a sec")
    assert load(config, options("run", state)).hash_key == made
    assert [one.name for one in state.iterdir()] == ["hash.key"]
    (state / "hash.key").rename(state / f".hash.key.{os.getpid()}")
    assert load(config, options("run", state)).hash_key not in (made, b"")

    config.write_text(f"{HASH}privacy: {{hash_key_file: {secret}}}")
    assert load(config, options("once", state)).hash_key == SECRET
    config.write_text(f"{HASH}privacy: {{hash_key_env: HASH_KEY}}")
    monkeypatch.setenv("HASH_KEY", SECRET.decode())
    assert load(config, options("reconcile", state)).hash_key == SECRET
    assert SECRET.decode() not in repr(load(config, options("once", state)))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "privacy: {hash_key_env: NOT_SET_HERE}",
            "privacy.hash_key_env: environment variable NOT_SET_HERE: is not set",
        ),
        (
            "privacy: {hash_key_file: /nowhere/x}",
            "hash_key_file: /nowhere/x: cannot be read: No such file",
        ),
        (
            "privacy: {hash_key_env: A, hash_key_file: b}",
            "privacy: give hash_key_file or hash_key_env",
        ),
    ],
)
def test_faults(tmp_path: Path, text: str, fault: str) -> None:
    """A missing hash key is a configuration error."""
    config = tmp_path / "c.yml"
    config.write_text(HASH + text)
    with pytest.raises(ConfigError) as caught:
        load(config, options("once", tmp_path))

    assert fault in caught.value.faults[0]


def test_only_keys_are_hashed(tmp_path: Path) -> None:
    """Only `api_key` has display forms; other labels map values to names."""
    config = tmp_path / "c.yml"
    config.write_text("labels: {model: {display: hash}, api_key: {display: plain}}")
    with pytest.raises(ConfigError) as caught:
        load(config, options("once", tmp_path))

    assert [one.partition(": ")[2] for one in caught.value.faults] == [
        ("labels.model.display: must be a section with keys, not text"),
        ("labels.api_key.display: must be name or id or hash"),
    ]
