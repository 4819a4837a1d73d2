"""The configuration as frozen data, with every default."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal

from ..api.address import DEFAULT_BASE_URL
from ..formats.registry import paths
from ..formats.transforms import Rule
from ..secret import SecretPlace
from ..wrappers import AUTO
from .address import split_address
from .flags import DEFAULT_LISTEN_ADDRESS

Form = Literal["name", "id", "hash"]

DEFAULT_LABEL_LIMITS: Mapping[str, int] = {
    "model": 1000,
    "api_key": 1000,
    "provider": 200,
    "token_type": 64,
    "item": 64,
    "error_type": 100,
    "compensation_type": 50,
    "plan": 50,
}


def _decimals(text: str) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, text.split()))


# By the catalogue's names for buckets.
DEFAULT_BUCKETS: Mapping[str, tuple[Decimal, ...]] = {
    "duration": _decimals("0.1 0.25 0.5 1 2 3 5 8 13 20 30 60 120 300 600"),
    "throughput": _decimals("1 2 5 10 20 30 50 75 100 150 200 300 500 1000"),
    "payout": _decimals("0.0001 0.0005 0.001 0.005 0.01 0.05 0.1 0.5 1 5 10"),
    "payout_delay": _decimals(
        "3600 10800 21600 43200 64800 86400 108000 129600 172800 259200 604800 1209600"
    ),
}


@dataclass(frozen=True, slots=True)
class KafkaTls:
    """TLS to brokers: a CA other than the system's, and a client certificate."""

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None


@dataclass(frozen=True, slots=True)
class KafkaSasl:
    """How the exporter authenticates to brokers."""

    mechanism: str
    username: str
    password: SecretPlace


@dataclass(frozen=True, slots=True)
class Kafka:
    """A topic, and which of its partitions are read: those listed, or this replica's; else all.

    `group`: the consumer group under which brokers record the offsets read.
    """

    brokers: tuple[str, ...]
    topic: str
    partitions: tuple[int, ...] = ()
    replicas: int = 0
    replica: int | None = None
    group: str = "zenmux-exporter"
    tls: KafkaTls | None = None
    sasl: KafkaSasl | None = None

    def assigned(self, partitions: int) -> tuple[int, ...]:
        """Return which partitions are read, given the topic's number of partitions."""
        if self.partitions:
            return self.partitions
        if not self.replicas:
            return tuple(range(partitions))
        return tuple(range(self.replica or 0, partitions, self.replicas))


@dataclass(frozen=True, slots=True)
class Source:
    """Where records come from; `path` is a file or glob; None for standard input and pushes.

    `wrapper`: what is around its records. `format`: the shape of its records. `mapping`: native
    field -> path in the source's records, or rule; empty if their format is known.
    `delimiter`: what separates the columns of a CSV file. `answers`: for generation ids the file
    of the answers; `path` is the file of the ids, or None if they are only pushed.
    """

    name: str
    type: Literal["file", "stdin", "push", "otlp", "kafka", "generation_ids"]
    path: str | None = None
    start_at: Literal["beginning", "end"] = "beginning"
    mapping: Mapping[str, str | Rule] = field(default_factory=dict)
    wrapper: str = AUTO
    format: str = AUTO
    delimiter: str = ","
    answers: str = ""
    kafka: Kafka | None = None

    @property
    def log(self) -> str | None:
        """The file or glob of its records, None if there is none."""
        return self.answers or self.path

    @property
    def is_pushed(self) -> bool:
        """Whether clients send its records over HTTP."""
        return self.type in {"push", "otlp"}

    @property
    def is_served(self) -> bool:
        """Whether its records are in no file, so that only a running exporter gets them."""
        return self.is_pushed or self.kafka is not None


@dataclass(frozen=True, slots=True)
class Key:
    """The name that an API key is shown under, and its plan if a record names none."""

    name: str
    plan: str | None = None


@dataclass(frozen=True, slots=True)
class LabelRule:
    """How the values of a label are shown.

    `display` renames values. `form`: their name if they have one, always their id, or their name
    else a keyed hash. `allow`: only these are shown; values in `deny` become `other`. Both hold
    values and patterns.
    """

    limit: int
    display: Mapping[str, str] = field(default_factory=dict)
    allow: frozenset[str] = frozenset()
    deny: frozenset[str] = frozenset()
    form: Form = "name"


def default_labels() -> dict[str, LabelRule]:
    """Return the default rule of every limited label."""
    return {name: LabelRule(limit) for name, limit in DEFAULT_LABEL_LIMITS.items()}


@dataclass(frozen=True, slots=True)
class CompensationPaths:
    """Dotted paths to a record's payout; the first that is present wins."""

    type: tuple[str, ...] = paths("compensation.type")
    payout: tuple[str, ...] = paths("compensation.payout")
    paid_at: tuple[str, ...] = paths("compensation.paid_at")


@dataclass(frozen=True, slots=True)
class Storage:
    """The ledger's directory and how much the exporter remembers."""

    path: Path
    id_window: int = 10_000_000
    payout_window: int = 250_000
    facts_window: int = 1_000_000
    facts_days: int = 8
    series_limit: int = 50_000
    compensated_requests: int = 2000
    on_corruption: Literal["refuse", "restart"] = "refuse"
    max_line_bytes: int = 1 << 20
    max_files: int = 50_000


@dataclass(frozen=True, slots=True)
class Privacy:
    """The place of the secret that ids are hashed with; by default in the ledger's directory."""

    hash_key: SecretPlace | None = None


@dataclass(frozen=True, slots=True)
class Push:
    """The place of the token that clients push records with."""

    token: SecretPlace


@dataclass(frozen=True, slots=True)
class Web:
    """The HTTP server.

    `config_file`: TLS, users and headers. `hosts`: further host names that clients may use; without
    any, all names are accepted if it listens beyond loopback. `push`: None if records can't be
    pushed.
    """

    listen_address: str = DEFAULT_LISTEN_ADDRESS
    enable_lifecycle: bool = False
    config_file: Path | None = None
    hosts: tuple[str, ...] = ()
    push: Push | None = None

    @property
    def host(self) -> str | None:
        """The host to listen on, None for all interfaces."""
        return split_address(self.listen_address)[0]

    @property
    def port(self) -> int:
        """The port to listen on, 0 for any free one."""
        return split_address(self.listen_address)[1]


@dataclass(frozen=True, slots=True)
class Account:
    """The polling of ZenMux's API: the key, the address, and the interval in seconds.

    `baseline`: whether the platform's medians are polled, too.
    """

    key: SecretPlace
    base_url: str = DEFAULT_BASE_URL
    interval: float = 300
    baseline: bool = True


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration; `labels` and `buckets` are complete."""

    storage: Storage
    sources: tuple[Source, ...] = ()
    # The sources of the configuration file, even if a command reads others.
    configured: tuple[Source, ...] = ()
    # An id may be a secret itself.
    keys: Mapping[str, Key] = field(default_factory=dict, repr=False)
    labels: Mapping[str, LabelRule] = field(default_factory=default_labels)
    buckets: Mapping[str, tuple[Decimal, ...]] = field(
        default_factory=lambda: dict(DEFAULT_BUCKETS)
    )
    compensation: CompensationPaths = CompensationPaths()
    privacy: Privacy = Privacy()
    web: Web = Web()
    account: Account | None = None
    # Read from the place in `privacy`, or created, if a label needs it.
    hash_key: bytes = field(default=b"", repr=False)
