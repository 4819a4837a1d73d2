"""Kafka settings and the exact error messages for wrong ones."""

from pathlib import Path

import pytest

from exporter.config import Config, load
from exporter.config.kafka import INSTALL
from exporter.config.model import Kafka, KafkaSasl, KafkaTls
from exporter.config.options import Options
from exporter.errors import ConfigError
from exporter.secret import PASSWORD, SecretPlace

BASE = "name: a, type: kafka, brokers: ['b:1'], topic: t"
# A source's settings and the faults they cause, without their places in the file.
FAULTS = {
    "name: a, type: kafka": ("brokers: must be given", "topic: must be given"),
    "name: a, type: kafka, brokers: [], topic: t": ("brokers: must not be empty",),
    "name: a, type: kafka, brokers: [b, 'b:0', ':1'], topic: a/b": (
        "brokers[0]: must be HOST:PORT",
        "brokers[1]: must be HOST:PORT",
        "brokers[2]: must be HOST:PORT",
        "topic: must be the name of a topic: up to 249 of A-Z, a-z, 0-9, . _ and -",
    ),
    f"{BASE}, path: p": ("path: does not apply to a source of type kafka",),
    "name: a, type: stdin, topic: t": ("topic: applies to sources of type kafka only",),
    f"{BASE}, partitions: []": ("partitions: must not be empty",),
    f"{BASE}, partitions: [1, 1]": ("partitions: must not name a partition twice",),
    f"{BASE}, partitions: [1], replicas: 2": (
        "partitions: give partitions, or replicas, and not both",
    ),
    f"{BASE}, replica: 1": ("replicas: must be given with replica",),
    f"{BASE}, replicas: 2, replica: 2": ("replicas: must be more than this replica's number, 2",),
    f"{BASE}, replicas: 2": (
        "replica: must be given: the host's name web does not end with a number",
    ),
    f"{BASE}, tls: {{cert_file: c}}": ("tls: give cert_file and key_file, or none of them",),
    f"{BASE}, sasl: {{mechanism: GSSAPI}}": (
        "sasl: give password_file or password_env, and not both",
        "sasl.username: must be given",
        "sasl.mechanism: must be PLAIN or SCRAM-SHA-256 or SCRAM-SHA-512",
    ),
    f"{BASE}, sasl: {{mechanism: PLAIN, username: u, password_env: NOT_SET}}": (
        "sasl.password_env: environment variable NOT_SET: is not set",
    ),
    f"{BASE}, wrapper: csv": (
        "wrapper: must be auto or lines or docker or cri or journald or document",
    ),
}


def config(tmp_path: Path, *sources: str, command: str = "check") -> Config:
    """Load a configuration with these sources."""
    path = tmp_path / "exporter.yml"
    path.write_text("sources:\n" + "".join(f"- {{{one}}}\n" for one in sources))
    return load(path, Options(command=command, default_storage_path=Path("/state")))


@pytest.mark.parametrize(("text", "faults"), FAULTS.items(), ids=range(len(FAULTS)))
def test_faults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, faults: tuple[str, ...]
) -> None:
    """All faults of a source are reported at once."""
    monkeypatch.setenv("HOSTNAME", "web")
    with pytest.raises(ConfigError) as caught:
        config(tmp_path, text)
    told = [one.split("sources[0].", 1)[1] for one in caught.value.faults]
    assert sorted(told) == sorted(faults)


def test_one_topic_twice(tmp_path: Path) -> None:
    """Two sources of one topic are refused: records without an id would count twice."""
    with pytest.raises(ConfigError, match=r"sources\[1\].topic: sources\[0\] reads it already"):
        config(tmp_path, BASE, BASE.replace("name: a", "name: b"))


def test_client_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message has the install command; commands that don't read Kafka don't need it."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ConfigError) as caught:
        config(tmp_path, BASE)
    assert caught.value.faults[0].endswith(f"type: Kafka's client is not installed: {INSTALL}")
    assert config(tmp_path, BASE, command="reconcile").sources == ()


def test_all_settings(tmp_path: Path) -> None:
    """Every setting is loaded."""
    (tmp_path / "password").write_text("secret\n")
    text = (
        f"{BASE}, partitions: [2, 0], group: g, tls: {{ca_file: ca}}, sasl: {{mechanism: PLAIN, "
        f"username: u, password_file: {tmp_path}/password}}, format: native, start_at: end"
    )
    (source,) = config(tmp_path, text).sources
    password = SecretPlace(PASSWORD, tmp_path / "password")
    assert source.kafka == Kafka(
        ("b:1",),
        "t",
        partitions=(2, 0),
        group="g",
        tls=KafkaTls(Path("ca")),
        sasl=KafkaSasl("PLAIN", "u", password),
    )
    assert (source.format, source.start_at) == ("native", "end")
    assert password.read() == b"secret"


@pytest.mark.parametrize(
    ("host", "assigned"), [("exporter-0", (0, 3, 6)), ("exporter-2", (2, 5)), ("7a1", (1, 4, 7))]
)
def test_ordinal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, assigned: tuple[int, ...]
) -> None:
    """A replica takes its number from its host name; each partition is assigned once."""
    monkeypatch.setenv("HOSTNAME", host)
    (source,) = config(tmp_path, f"{BASE}, replicas: 3").sources
    assert source.kafka is not None
    assert source.kafka.assigned(8 if assigned[-1] != 6 else 7) == assigned
    others = [Kafka(("b:1",), "t", replicas=3, replica=n).assigned(8) for n in range(3)]
    assert sorted(number for one in others for number in one) == [*range(8)]


def test_all_partitions() -> None:
    """One exporter reads all partitions; a configured list isn't cut to what the topic has."""
    assert Kafka(("b:1",), "t").assigned(3) == (0, 1, 2)
    assert Kafka(("b:1",), "t", partitions=(5,)).assigned(3) == (5,)
