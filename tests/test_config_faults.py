"""The exact texts for wrong configuration files."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

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


ACCOUNT = "account: {key_env: HOME}\n"
FAULTS = {
    "- a": "must be a section with keys, not a list (line 1)",
    "storge: {}": 'storge: unknown key; did you mean "storage"? (line 1)',
    "zzz: 1": "zzz: unknown key; known are"
    " account, buckets, compensation, keys, labels, privacy, sources, storage, web (line 1)",
    "account: {}": "account: give key_file or key_env, and not both (line 1)",
    "account: {key_env: NOT_SET}": "account: environment variable NOT_SET: holds no key (line 1)",
    "account: {key_file: /a, key_env: B}": "account: give key_file or key_env, and not both"
    " (line 1)",
    "account: {key_env: HOME, interval: 59}": "account.interval: must be from 60 to 86400 (line 1)",
    "account: {key_env: HOME, base_url: http://a/}": "account.base_url: must begin with https://,"
    " since the key is sent there (line 1)",
    "web: {hosts: metrics}": "web.hosts: must be a list, not text (line 1)",
    "sources: {a: b}": "sources: must be a list, not a section (line 1)",
    "sources:\n-": "sources[0]: must be a section with keys, not nothing (line 2)",
    "sources: [{type: stdin}]": "sources[0].name: must be given (line 1)",
    "sources: [{name: a}]": "sources[0].type: must be given (line 1)",
    "sources:\n- name: a\n  type: file": "sources[0].path: must be given (line 2)",
    "sources: [{name: a, type: push}]": 'web.push: must be given for the source "a" (line 1)',
    "sources: [{name: a, type: push, path: b}]\nweb: {push: {token_env: PATH}}": "sources[0].path:"
    " does not apply to a source of type push (line 1)",
    "web: {push: {token_env: PATH, token_file: exporter.yml}}": "web.push: token_file and token_env"
    " exclude each other (line 1)",
    "sources: [{name: a, type: push}]\nweb: {push: {}}": (
        'web.push: must be given for the source "a" (line 2)'
    ),
    f"{ACCOUNT}sources: [{{name: a, type: generation_ids}}]": "sources[0].path: must be given"
    " (line 2)",
    f"{ACCOUNT}sources: [{{name: a, type: generation_ids, path: b, wrapper: cri}}]": "sources[0]"
    ".wrapper: does not apply to a source of type generation_ids (line 2)",
    "sources: [{name: a, type: generation_ids, path: b}]": "sources: generation ids need a section"
    " account, with the key to ask with (line 1)",
    "sources: [{name: a, type: files}]": "sources[0].type: must be file or stdin or push or"
    " generation_ids (line 1)",
    "sources: [{name: a, type: file, path: 7}]": "sources[0].path: must be text, not a number;"
    " put it in quotes (line 1)",
    "sources: [{name: a, type: file, path: [b]}]": "sources[0].path: must be text, not a list"
    " (line 1)",
    'sources: [{name: a, type: file, path: "b\\0"}]': "sources[0].path: must not hold control"
    " characters (line 1)",
    "sources: [{name: a, type: file, path: b, start_at: 5}]": "sources[0].start_at: must be"
    " beginning or end (line 1)",
    "sources: [{name: a, type: stdin, path: b}]": "sources[0].path: does not apply to a source of"
    " type stdin (line 1)",
    "sources: [{name: a, type: stdin, start_at: end}]": "sources[0].start_at: does not apply to a"
    " source of type stdin (line 1)",
    "sources:\n- {name: a, type: stdin}\n- {name: a, type: file, path: b}": "sources[1].name: must"
    " differ from sources[0].name (line 3)",
    "sources:\n- {name: a, type: stdin}\n- {name: b, type: stdin}": "sources[1].type: sources[0]"
    " reads standard input already (line 3)",
    "sources: [{name: a, type: stdin, mapping: {model: m}}]": "sources[0].mapping.timestamp: must"
    " be given (line 1)",
    "sources: [{name: a, type: stdin, mapping: {event: e, modle: m}}]": "sources[0].mapping.modle:"
    " is not a field of the native format (line 1)",
    "sources: [{name: a, type: stdin, mapping: {event: e, tokens.a.b: m}}]": "sources[0].mapping"
    '["tokens.a.b"]: is not a field of the native format (line 1)',
    "sources: [{name: a, type: stdin, mapping: {event: e, compensation.payout: m}}]": "sources[0]"
    '.mapping["compensation.payout"]: is not a field of the native format (line 1)',
    "sources: [{name: a, type: stdin, mapping: {event: e, tokens: t, tokens.a: m}}]": "sources[0]"
    '.mapping["tokens.a"]: cannot be mapped together with tokens (line 1)',
    "sources: [{name: a, type: stdin, mapping: {event: a..b}}]": "sources[0].mapping.event: must be"
    " a path like usage.total or choices[0].text (line 1)",
    "sources: [{name: a, type: stdin, format: csv}]": "sources[0].mapping: must be given: which"
    " column is which field is never guessed (line 1)",
    "sources: [{name: a, type: stdin, format: csv, mapping: {model: m}}]": "sources[0].mapping"
    ".timestamp: must be given (line 1)",
    "sources: [{name: a, type: stdin, format: openai, mapping: {event: m}}]": "sources[0].mapping:"
    " does not apply to the format openai (line 1)",
    "sources: [{name: a, type: stdin, format: openrouter, wrapper: cri}]": "sources[0].wrapper:"
    " does not apply to the format openrouter (line 1)",
    "sources: [{name: a, type: stdin, format: litellm, delimiter: tab}]": "sources[0].delimiter:"
    " applies to CSV formats only: openrouter, csv (line 1)",
    "sources: [{name: a, type: stdin, format: openrouter, delimiter: x}]": "sources[0].delimiter:"
    ' must be "," or ";" or "|" or tab (line 1)',
    "sources: [{name: a, type: stdin, format: lite}]": "sources[0].format: must be auto or zenmux"
    " or native or litellm or openrouter or openai or anthropic or gemini or csv (line 1)",
    "keys: {a: {plan: payg}}": "keys.a.name: must be given (line 1)",
    'keys: {a: {name: " "}}': "keys.a.name: must not be blank (line 1)",
    "keys: {a: {name: yes}}": "keys.a.name: must be text, not true or false; put it in quotes"
    " (line 1)",
    f"keys: {{a: {{name: {'x' * 129}}}}}": "keys.a.name: must be at most 128 characters (line 1)",
    "keys: {a b: }": 'keys["a b"]: must be a section with keys, not nothing (line 1)',
    'keys: {"": {name: a}}': 'keys[""]: the key must not be blank or hold control characters'
    " (line 1)",
    'keys:\n  a: {name: a}\n  "a ": {name: b}': 'keys["a "]: given before, with other'
    " spaces (line 3)",
    "keys:\n  a: {name: a}\n  a: {name: b}": "keys.a: given before, in line 2 (line 3)",
    "labels: {modle: {}}": 'labels.modle: unknown key; did you mean "model"? (line 1)',
    "labels: {outcome: {}}": "labels.outcome: unknown key; known are api_key, compensation_type,"
    " error_type, item, model, plan, provider, token_type (line 1)",
    "labels: {plan: {limit: 1.5}}": "labels.plan.limit: must be a whole number (line 1)",
    "labels: {plan: {limit: 012}}": "labels.plan.limit: must be a number, not text (line 1)",
    "labels: {plan: {limit: true}}": "labels.plan.limit: must be a number, not true or false"
    " (line 1)",
    "labels: {plan: {limit: -1}}": "labels.plan.limit: must be from 0 to 1000000 (line 1)",
    "labels: {plan: {allow: [a], deny: [a]}}": 'labels.plan.deny: "a" is allowed too (line 1)',
    "labels: {plan: {display: {a: b}, deny: [a]}}": 'labels.plan: "a" must be listed as it is'
    " displayed (line 1)",
    "labels: {plan: {display: {a: [b]}}}": "labels.plan.display.a: must be text, not a list"
    " (line 1)",
    "buckets: {payout: []}": "buckets.payout: must have from 1 to 50 bounds (line 1)",
    f"buckets: {{payout: {list(range(1, 52))}}}": "buckets.payout: must have from 1 to 50 bounds"
    " (line 1)",
    "buckets: {payout: [1, 1.0]}": "buckets.payout[1]: must be more than the bound before it"
    " (line 1)",
    "buckets: {payout: [0]}": "buckets.payout[0]: must be more than 0 (line 1)",
    "buckets: {payout: [.inf]}": "buckets.payout[0]: must be a number, not text (line 1)",
    "compensation: {type: a}": "compensation.type: must be a list, not text (line 1)",
    "compensation: {type: []}": "compensation.type: must not be empty (line 1)",
    "storage: {on_corruption: x}": "storage.on_corruption: must be refuse or restart (line 1)",
    "storage: {max_line_bytes: 1}": "storage.max_line_bytes: must be from 1024 to 268435456"
    " (line 1)",
    "web: {enable_lifecycle: 1}": "web.enable_lifecycle: must be true or false, not a number"
    " (line 1)",
    "web: {listen_address: here}": "web.listen_address: must be host:port, :port or"
    " [IPv6 address]:port (line 1)",
    "web: !env X": "web: the tag !env is not supported here (line 1)",
    "!!str [a]": "the tag tag:yaml.org,2002:str is not supported here (line 1)",
    "? [a]\n: b": "keys must be text; merging (<<) is not supported (line 1)",
    "web: {<<: {}}": "web: keys must be text; merging (<<) is not supported (line 1)",
    "a: [": "cannot be read as YAML: expected the node content, but found '<stream end>' (line 1)",
    "web: {}\n---\nweb: {}": "cannot be read as YAML: but found another document (line 2)",
    'a: "\\UFFFFFFFF"': "cannot be read as YAML: a character that is not allowed",
    "\a": "cannot be read as YAML: a character that is not allowed",
    b"\xff": "must be UTF-8",
    b"#" * (512 * 1024 + 1): "must not be larger than 512 KiB",
}


@pytest.mark.parametrize(("text", "fault"), FAULTS.items(), ids=range(len(FAULTS)))
def test_fault(faults: FaultsOf, text: str | bytes, fault: str) -> None:
    """One fault has one text with place and line."""
    assert faults(text) == [f"exporter.yml: {fault}"]


def test_all_faults_at_once_by_line(faults: FaultsOf) -> None:
    """Faults of form and of content are listed together, in the order of the file."""
    text = "web: {port: 1}\nkeys:\n  a: {}\n  b: {name: x}\n  b: {name: y}\nstorage: 1\n"

    assert faults(text) == [
        "exporter.yml: web.port: unknown key; known are config_file, enable_lifecycle,"
        " hosts, listen_address, push (line 1)",
        "exporter.yml: keys.a.name: must be given (line 3)",
        "exporter.yml: keys.b: given before, in line 4 (line 5)",
        "exporter.yml: storage: must be a section with keys, not a number (line 6)",
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
    """A file made to exhaust memory or stack is a fault like any other."""
    (fault,) = faults(text)

    assert re.fullmatch(
        rf"exporter\.yml: cannot be read as YAML: (nested deeper than {MAX_DEPTH} levels"
        rf"|more than {MAX_NODES} values) \(line \d+\)",
        fault,
    )


SECRET = "sk-ai-v1-0123456789abcdef"
HIDDEN = hashed(SECRET)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f"keys: {{{SECRET}: {{}}}}", f"keys.{HIDDEN}.name: must be given (line 1)"),
        (
            f"keys: {{a: {{name: {SECRET}}}}}",
            "keys.a.name: must not look like a key secret (sk-…) (line 1)",
        ),
        (
            f"{SECRET}: 1",
            (
                f"{HIDDEN}: unknown key; known are account, buckets, compensation, keys, labels,"
                " privacy, sources, storage, web (line 1)"
            ),
        ),
        (
            f"a: *{SECRET}",
            f"cannot be read as YAML: found undefined alias '{HIDDEN}' (line 1)",
        ),
        (
            f"labels: {{plan: {{allow: [{SECRET}], deny: [{SECRET}]}}}}",
            f'labels.plan.deny: "{HIDDEN}" is allowed too (line 1)',
        ),
        (f"x: [{SECRET}", "cannot be read as YAML: expected ',' or ']', but got '<stream end>'"),
    ],
)
def test_faults_hold_no_secret(faults: FaultsOf, text: str, fault: str) -> None:
    """What is shaped like a key secret is never repeated."""
    found = faults(text)

    assert found[0].startswith(f"exporter.yml: {fault}")
    assert "0123" not in "".join(found)


def test_unreadable_file_is_a_fault(tmp_path: Path) -> None:
    """A file that does not exist or is none says so."""
    for path, problem in (
        (tmp_path / "x", "No such file or directory"),
        (tmp_path, "Is a directory"),
    ):
        with pytest.raises(ConfigError) as caught:
            load(path, CHECK)
        assert caught.value.faults == (f"{path}: cannot be read: {problem}",)
