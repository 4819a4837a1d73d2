"""Load a configuration file into `Config`."""

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from exporter.config import (
    Account,
    Config,
    Key,
    LabelRule,
    Source,
    Storage,
    Web,
    account,
    load,
    readers,
    schema,
    sources,
)
from exporter.config.faults import Faults, Place
from exporter.config.options import Options
from exporter.errors import ConfigError
from exporter.secret import API_KEY, SecretPlace
from exporter.values.labels import MAX_LENGTH, clean
from exporter.values.masking import hashed
from places import ROOT

EXAMPLE = ROOT / "exporter.example.yml"
CHECK = Options(command="check", default_storage_path=Path("/state"))
RUN = replace(CHECK, command="run")

SECRET = "sk-ai-v1-0123456789abcdef"

Load = Callable[[str | bytes], Config]


@pytest.fixture
def config(tmp_path: Path) -> Load:
    """Return a function that loads a text as exporter.yml."""

    def load_text(text: str | bytes) -> Config:
        path = tmp_path / "exporter.yml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load(path, CHECK)

    return load_text


def test_defaults_need_no_file() -> None:
    """Without a file everything has its default."""
    config = load(None, CHECK)

    assert config == Config(storage=Storage(path=Path("/state")))
    assert (config.web.host, config.web.port) == ("127.0.0.1", 10464)
    assert config.labels["provider"] == LabelRule(limit=200)
    assert config.buckets["payout"][0] == Decimal("0.0001")


def test_empty_file_is_all_defaults(config: Load) -> None:
    """An empty file, an empty section and an empty value are not faults."""
    assert config("") == config("# nothing\nstorage:\nweb: {listen_address: }\n")
    assert config("") == load(None, CHECK)


def test_whole_file(config: Load) -> None:
    """Every section is loaded, and numbers are exact."""
    found = config(
        """
        sources:
          - {name: app, type: file, path: "/x/*.gz", start_at: end}
          - name: pipe
            type: stdin
            mapping: {timestamp: at.time, model: m, tokens.prompt: u.p, costs_usd: c}
        keys:
          012: {name: Shop}
          yes: {name: Shop, plan: " subscription "}
        labels: {model: {display: {a: b}, allow: [b, c], deny: [d], limit: 0}}
        buckets: {payout: [1e-7, 0.1, 10]}
        compensation: {payout: [pay.out]}
        storage: {path: /data, id_window: 5_000, compensated_requests: 0}
        web: {listen_address: "[::1]:0", enable_lifecycle: true}
        """
    )

    assert found.sources == (
        Source("app", "file", "/x/*.gz", "end"),
        Source(
            "pipe",
            "stdin",
            mapping={
                "timestamp": "at.time",
                "model": "m",
                "tokens.prompt": "u.p",
                "costs_usd": "c",
            },
        ),
    )
    assert found.keys == {"012": Key("Shop"), "yes": Key("Shop", "subscription")}
    assert found.labels["model"] == LabelRule(0, {"a": "b"}, frozenset("bc"), frozenset("d"))
    assert found.labels["plan"] == LabelRule(50)
    assert found.buckets["payout"] == (Decimal("1e-7"), Decimal("0.1"), Decimal(10))
    assert found.buckets["throughput"] == load(None, CHECK).buckets["throughput"]
    assert found.compensation.payout == ("pay.out",)
    assert found.compensation.type == ("compensation.type",)
    assert found.storage == Storage(Path("/data"), id_window=5000, compensated_requests=0)
    assert (found.web.host, found.web.port, found.web.enable_lifecycle) == ("::1", 0, True)


def test_repr_holds_no_key_ids(config: Load) -> None:
    """A configured key's id may be a secret, so it is left out of the representation."""
    assert SECRET not in repr(config(f"keys: {{{SECRET}: {{name: a}}}}"))


def test_arguments_follow_configured_sources(tmp_path: Path) -> None:
    """Files on the command line become sources named as typed; - is standard input."""
    path = tmp_path / "exporter.yml"
    path.write_text("sources: [{name: a, type: file, path: b}]")

    assert load(path, replace(RUN, files=("x/*.jsonl", "-"))).sources == (
        Source("a", "file", "b"),
        Source("x/*.jsonl", "file", "x/*.jsonl"),
        Source("-", "stdin"),
    )


def test_argument_need_not_be_utf8() -> None:
    """A file name that isn't UTF-8 keeps its bytes in the path and is escaped in the name."""
    assert load(None, replace(RUN, files=("a\udcff",))).sources == (
        Source("a\\xff", "file", "a\udcff"),
    )


def test_once_reads_its_files_only(tmp_path: Path) -> None:
    """`once` ignores the file's sources and uses everything else."""
    path = tmp_path / "exporter.yml"
    path.write_text("sources: [{name: a, type: stdin}]\nkeys: {k: {name: n}}")

    found = load(path, replace(CHECK, command="once", files=("a",)))

    assert (found.sources, found.keys) == ((Source("a", "file", "a"),), {"k": Key("n")})


def test_argument_faults(tmp_path: Path) -> None:
    """Repeated and blank arguments are reported together with the file's faults."""
    path = tmp_path / "exporter.yml"
    path.write_text("sources: [{name: a, type: stdin}]\nx: 1")
    options = replace(RUN, files=("a", "b", "b", "-", " ", SECRET, SECRET))

    with pytest.raises(ConfigError) as caught:
        load(path, options)

    assert [fault.split(": ", 1)[1] for fault in caught.value.faults] == [
        (
            "x: unknown key; known are account, buckets, compensation, keys, labels,"
            " privacy, sources, storage, web"
        ),
        '"a" is a source already',
        '"b" is a source already',
        '"-" is a source already',
        "a file's name must not be blank",
        f'"{hashed(SECRET)}" is a source already',
    ]
    assert caught.value.faults[1] == 'command line: "a" is a source already'
    assert str(caught.value) == "\n".join(caught.value.faults)


def test_run_needs_a_source(tmp_path: Path) -> None:
    """`run` without a source is a fault; a faulty source isn't reported as missing, too."""
    path = tmp_path / "exporter.yml"
    path.write_text("web: {}")
    for file in (None, path):
        with pytest.raises(ConfigError) as caught:
            load(file, RUN)
        assert caught.value.faults == (
            "command line: nothing to read: name a file or configure sources",
        )
    path.write_text("sources: [{name: a, type: file}]")
    with pytest.raises(ConfigError) as caught:
        load(path, RUN)
    assert caught.value.faults == (f"{path}:1:11: sources[0].path: must be given",)


def test_an_account_needs_no_source(tmp_path: Path) -> None:
    """`run` can poll an account alone; `backfill` still needs a source."""
    path, key = tmp_path / "exporter.yml", tmp_path / "key"
    key.write_text("management-key-of-an-account")
    path.write_text(f"account: {{key_file: {key}}}")
    assert load(path, RUN).sources == ()
    with pytest.raises(ConfigError, match="nothing to read"):
        load(path, replace(RUN, command="backfill"))


def test_options_win_over_the_file(tmp_path: Path) -> None:
    """A flag or variable overrides only its own setting, and false overrides true."""
    path = tmp_path / "exporter.yml"
    path.write_text(
        "storage: {path: /file, on_corruption: restart, id_window: 9}\n"
        "web: {listen_address: ':1', enable_lifecycle: true}"
    )
    options = replace(
        CHECK,
        storage_path=Path("/flag"),
        on_corruption="refuse",
        listen_address=":2",
        enable_lifecycle=False,
    )

    assert load(path, CHECK).storage == Storage(Path("/file"), 9, on_corruption="restart")
    assert load(path, CHECK).web == Web(":1", enable_lifecycle=True)
    assert load(path, options).storage == Storage(Path("/flag"), 9)
    assert load(path, options).web == Web(":2")


@pytest.mark.parametrize("text", ["a", " Sonnet 4.5 ", "x" * MAX_LENGTH, "übung/日本 {}\"'\\"])
def test_names_are_shown_as_configured(text: str) -> None:
    """An accepted name becomes a label value unchanged."""
    name = readers.name(text, Place(Faults("x")))

    assert clean(name) == name == text.strip()


def uncommented(text: str) -> str:
    """The example with every setting uncommented."""
    return re.sub(r"^#(?=[^ \n]|  )", "", text, flags=re.MULTILINE)


def test_example_loads() -> None:
    """The example is valid as shipped and changes no default except the sources."""
    found = load(EXAMPLE, CHECK)

    assert replace(found, sources=(), configured=()) == load(None, CHECK)
    assert found.sources == (Source("main", "file", "/var/log/zenmux/*.jsonl"),)


def test_example_shows_the_defaults(config: Load, tmp_path: Path) -> None:
    """With all settings uncommented the example is valid and shows the defaults."""
    key = tmp_path / "management.key"
    key.write_text("sk-mg-v1-1")
    text = uncommented(EXAMPLE.read_text()).replace("/etc/kafka/password", str(key))
    found = config(text.replace("/etc/zenmux-exporter/management.key", str(key)))
    default = load(None, CHECK)

    assert found.storage == replace(default.storage, path=Path("/var/lib/zenmux-exporter"))
    assert {label: rule.limit for label, rule in found.labels.items()} == {
        label: rule.limit for label, rule in default.labels.items()
    }
    assert found.account == Account(SecretPlace(API_KEY, key))
    assert (found.buckets, found.compensation, found.web) == (
        default.buckets,
        default.compensation,
        default.web,
    )


def test_example_has_every_key() -> None:
    """No setting is missing from the example."""
    whole = yaml.safe_load(uncommented(EXAMPLE.read_text()))
    # A source has replicas or partitions, never both.
    written = {**whole["sources"][0], **whole["sources"][1], "partitions": [0]}
    shown = {
        "": (whole, schema.ROOT),
        "sources": (written, sources.SOURCE),
        "keys": (next(iter(whole["keys"].values())), schema.KEY),
        "labels": (whole["labels"], schema.LABELS),
        "label": (whole["labels"]["model"], schema.LABEL),
        "privacy": (whole["privacy"], schema.PRIVACY),
        "buckets": (whole["buckets"], schema.BUCKETS),
        "compensation": (whole["compensation"], schema.COMPENSATION),
        "storage": (whole["storage"], schema.STORAGE),
        "web": (whole["web"], schema.WEB),
        "account": (whole["account"], account.ACCOUNT),
        "push": (whole["web"]["push"], schema.PUSH),
    }

    assert {name: set(value) for name, (value, _) in shown.items()} == {
        name: set(fields) for name, (_, fields) in shown.items()
    }
