"""The exact error messages for wrong configuration files."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from config_faults import FAULTS
from exporter.config import load
from exporter.config.document import MAX_DEPTH, MAX_NODES
from exporter.config.options import Options
from exporter.errors import ConfigError
from exporter.values.masking import hashed

CHECK = Options(command="check", default_storage_path=Path("/state"))
FaultsOf = Callable[[str | bytes], list[str]]


@pytest.fixture
def faults(tmp_path: Path) -> FaultsOf:
    """The faults of a text, without the directory."""

    def of_text(text: str | bytes) -> list[str]:
        path = tmp_path / "exporter.yml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(ConfigError) as caught:
            load(path, CHECK)
        return [fault.removeprefix(f"{tmp_path}/") for fault in caught.value.faults]

    return of_text


@pytest.mark.parametrize(("text", "fault"), FAULTS.items(), ids=range(len(FAULTS)))
def test_fault(faults: FaultsOf, text: str | bytes, fault: str) -> None:
    """Each fault is reported once, with line, column and key."""
    assert faults(text) == [f"exporter.yml:{fault}"]


def test_all_faults_at_once_by_line(faults: FaultsOf) -> None:
    """YAML faults and wrong values are listed together, in file order."""
    text = "web: {port: 1}\nkeys:\n  a: {}\n  b: {name: x}\n  b: {name: y}\nstorage: 1\n"

    assert faults(text) == [
        (
            "exporter.yml:1:7: web.port: unknown key; known are config_file,"
            " enable_lifecycle, hosts, listen_address, push"
        ),
        ("exporter.yml:3:3: keys.a.name: must be given"),
        ("exporter.yml:5:3: keys.b: given before, in line 4"),
        ("exporter.yml:6:1: storage: must be a section with keys, not a number"),
    ]


def test_repeats_beside_other_faults(faults: FaultsOf) -> None:
    """Duplicate names are reported along with the sources' other faults."""
    long = "x" * 129
    items = (
        "{name: a, type: files}",
        "{name: ' a', type: stdin, start_at: 5}",
        "{type: stdin}",
        f"{{name: {long}, type: stdin}}",
        f"{{name: {long}}}",
        "{name: 7}",
        "{name: 7}",
    )
    text = "\n- ".join(("sources:", *items))

    assert [fault.removeprefix("exporter.yml:") for fault in faults(text)] == [
        "2:13: sources[0].type: must be file or stdin or push or otlp or kafka or generation_ids",
        "3:4: sources[1].name: must differ from sources[0].name",
        "3:29: sources[1].start_at: must be beginning or end",
        "4:3: sources[2].name: must be given",
        "4:4: sources[2].type: sources[1] reads standard input already",
        "5:4: sources[3].name: must be at most 128 characters",
        "5:141: sources[3].type: sources[1] reads standard input already",
        "6:3: sources[4].type: must be given",
        "6:4: sources[4].name: must be at most 128 characters",
        "6:4: sources[4].name: must differ from sources[3].name",
        "7:3: sources[5].type: must be given",
        "7:4: sources[5].name: must be text, not a number; put it in quotes",
        "8:3: sources[6].type: must be given",
        "8:4: sources[6].name: must be text, not a number; put it in quotes",
        "8:4: sources[6].name: must differ from sources[5].name",
    ]


def test_sections_together_beside_other_faults(faults: FaultsOf) -> None:
    """A missing required section is reported with other faults; a faulty one isn't missing."""
    push = "sources: [{name: a, type: push}, {name: b, type: generation_ids, path: c}]\n"
    bad = "keys: {a: {}}\nprivacy: {hash_key_env: NOT_SET}\nlabels: {api_key: {display: hash}}\n"
    given = "web: {push: {token_env: 5}}\naccount: {key_env: NOT_SET}\n"

    assert faults(push + bad) == [
        ('exporter.yml:1:1: web.push: must be given for the source "a"'),
        "exporter.yml:1:1: sources: generation_ids need a section account with an API key",
        ("exporter.yml:2:8: keys.a.name: must be given"),
        ("exporter.yml:3:11: privacy.hash_key_env: environment variable NOT_SET: is not set"),
    ]
    assert faults(push + given) == [
        "exporter.yml:2:14: web.push.token_env: must be text, not a number; put it in quotes",
        "exporter.yml:3:11: account.key_env: environment variable NOT_SET: is not set",
    ]


BOMBS = {
    "nested": "a: " + "[" * 100_000,
    "recursive": "a: &a [*a]",
    "many": "a: [" + "a," * (MAX_NODES + 1),
    "aliases": "\n".join(
        ["a0: &a0 [x, x]", *(f"a{i + 1}: &a{i + 1} [{f'*a{i},' * 10}]" for i in range(12))]
    ),
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
@pytest.mark.slow
def test_bombs_are_refused(faults: FaultsOf, text: str) -> None:
    """A file built to exhaust memory or the stack is reported as a fault."""
    (fault,) = faults(text)

    assert re.fullmatch(
        rf"exporter\.yml:\d+:\d+: cannot be read as YAML: (nested deeper than {MAX_DEPTH} levels"
        rf"|more than {MAX_NODES} values)",
        fault,
    )


SECRET = "sk-ai-v1-0123456789abcdef"
HIDDEN = hashed(SECRET)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f"keys: {{{SECRET}: {{}}}}", f"1:8: keys.{HIDDEN}.name: must be given"),
        (
            f"keys: {{a: {{name: {SECRET}}}}}",
            ("1:12: keys.a.name: must not look like a key secret (sk-…)"),
        ),
        (
            f"{SECRET}: 1",
            (
                f"1:1: {HIDDEN}: unknown key; known are account, buckets, compensation, keys,"
                " labels, privacy, sources, storage, web"
            ),
        ),
        (
            f"a: *{SECRET}",
            f"1:4: cannot be read as YAML: found undefined alias '{HIDDEN}'",
        ),
        (
            f"labels: {{plan: {{allow: [{SECRET}], deny: [{SECRET}]}}}}",
            f'1:53: labels.plan.deny: "{HIDDEN}" is allowed too',
        ),
        (
            f"x: [{SECRET}",
            "1:30: cannot be read as YAML: expected ',' or ']', but got '<stream end>'",
        ),
    ],
)
def test_faults_hold_no_secret(faults: FaultsOf, text: str, fault: str) -> None:
    """Text that looks like a key secret is masked in messages."""
    found = faults(text)

    assert found[0].startswith(f"exporter.yml:{fault}")
    assert "0123" not in "".join(found)


def test_unreadable_file_is_a_fault(tmp_path: Path) -> None:
    """A missing file or a directory is reported with the system's reason."""
    for path, problem in (
        (tmp_path / "x", "No such file or directory"),
        (tmp_path, "Is a directory"),
    ):
        with pytest.raises(ConfigError) as caught:
            load(path, CHECK)
        assert caught.value.faults == (f"{path}: cannot be read: {problem}",)
