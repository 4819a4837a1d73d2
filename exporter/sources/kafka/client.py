"""The broker's client. Only this module imports confluent-kafka, and only when it is needed.

Calls may wait for a broker, for a few seconds at most.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...config import Kafka
from ..model import FileState

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, Message

TIMEOUT = 3.0
# Messages of all partitions that were fetched but not consumed yet.
QUEUE_BYTES = 16 << 20
# Compressed bytes; the decompressed ones may be ten times as many, and are in memory at once.
_FETCH_BYTES = 1 << 20
_PARTITION_FETCH_BYTES = 1 << 18
# No offset is committed in the group.
_NO_OFFSET = -1


class Trouble(Exception):
    """A topic can't be read; `kind`: the client's name for the error."""

    def __init__(self, kind: str, reason: str, state: FileState = FileState.unreadable) -> None:
        """`reason` is shown to the user."""
        self.kind = kind
        self.reason = reason
        self.state = state
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as its brokers describe it."""

    cluster: str
    name: str
    id: str
    partitions: int


@dataclass(frozen=True, slots=True)
class Note:
    """The offset committed in the group for a partition, and the reader that committed it."""

    offset: int
    reader: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A partition was read to its end, at this offset."""

    partition: int
    offset: int


def settings_of(kafka: Kafka) -> dict[str, Any]:
    """Return the client's settings for finding brokers; raises `SecretError`."""
    tls, sasl = kafka.tls, kafka.sasl
    found: dict[str, Any] = {
        "bootstrap.servers": ",".join(kafka.brokers),
        "client.id": "zenmux-exporter",
        "security.protocol": ("sasl_" if sasl else "") + ("ssl" if tls else "plaintext"),
        "reconnect.backoff.max.ms": 5000,
        # The library would write its own lines to the log.
        "log_level": 0,
    }
    if tls is not None:
        files = {
            "ssl.ca.location": tls.ca_file,
            "ssl.certificate.location": tls.cert_file,
            "ssl.key.location": tls.key_file,
        }
        found |= {name: str(path) for name, path in files.items() if path is not None}
    if sasl is not None:
        found |= {
            "sasl.mechanism": sasl.mechanism,
            "sasl.username": sasl.username,
            "sasl.password": sasl.password.read().decode(),
        }
    return found


class Client:
    """A consumer of one topic, used by one thread. Methods raise `Trouble`."""

    def __init__(self, kafka: Kafka) -> None:
        """Start to connect to brokers."""
        from confluent_kafka import Consumer
        from confluent_kafka.admin import AdminClient

        self._topic = kafka.topic
        common = settings_of(kafka)
        # The last error between the client and a broker; most are temporary.
        self._detail = ""
        with self._told():
            self._admin = AdminClient(common | {"error_cb": self._note_error})
            self._consumer = Consumer(
                common
                | {
                    "group.id": kafka.group,
                    "enable.auto.commit": False,
                    "enable.auto.offset.store": False,
                    "auto.offset.reset": "error",
                    "isolation.level": "read_committed",
                    "enable.partition.eof": True,
                    "check.crcs": True,
                    "queued.max.messages.kbytes": QUEUE_BYTES >> 10,
                    "fetch.max.bytes": _FETCH_BYTES,
                    "fetch.message.max.bytes": _PARTITION_FETCH_BYTES,
                    "error_cb": self._note_error,
                }
            )

    def _note_error(self, error: "KafkaError") -> None:
        if _name(error) != "all_brokers_down":
            self._detail = str(error.str())

    def look(self) -> Topic:
        """Return the topic as the brokers describe it."""
        from confluent_kafka import KafkaException, TopicCollection

        with self._told():
            cluster = self._admin.list_topics(self._topic, timeout=TIMEOUT)
            told = cluster.topics[self._topic]
            if told.error is not None:
                raise KafkaException(told.error)
            asked = self._admin.describe_topics(
                TopicCollection([self._topic]), request_timeout=TIMEOUT
            )
            described = asked[self._topic].result(TIMEOUT + 1)
        identity = "" if described.topic_id is None else str(described.topic_id)
        return Topic(cluster.cluster_id or "", self._topic, identity, len(told.partitions))

    def beginnings(self, partitions: tuple[int, ...]) -> Mapping[int, int]:
        """Return the offset of the first message of each partition."""
        from confluent_kafka.admin import OffsetSpec  # type: ignore[attr-defined]

        return self._offsets(partitions, OffsetSpec.earliest())  # type: ignore[no-untyped-call]

    def ends(self, partitions: tuple[int, ...]) -> Mapping[int, int]:
        """Return the offset after the last committed message of each partition."""
        from confluent_kafka.admin import OffsetSpec  # type: ignore[attr-defined]

        return self._offsets(partitions, OffsetSpec.latest())  # type: ignore[no-untyped-call]

    def _offsets(self, partitions: tuple[int, ...], which: Any) -> dict[int, int]:
        from confluent_kafka import IsolationLevel, TopicPartition

        if not partitions:
            return {}
        wanted = {TopicPartition(self._topic, number): which for number in partitions}
        with self._told():
            asked = self._admin.list_offsets(
                wanted, isolation_level=IsolationLevel.READ_COMMITTED, request_timeout=TIMEOUT
            )
            return {at.partition: one.result(TIMEOUT + 1).offset for at, one in asked.items()}

    def notes(self, partitions: tuple[int, ...]) -> Mapping[int, Note]:
        """Return the offsets committed in the group for partitions."""
        from confluent_kafka import KafkaException, TopicPartition

        wanted = [TopicPartition(self._topic, number) for number in partitions]
        found = {}
        with self._told():
            for one in self._consumer.committed(wanted, timeout=TIMEOUT) if wanted else ():
                if one.error is not None:
                    raise KafkaException(one.error)
                if one.offset > _NO_OFFSET:
                    found[one.partition] = Note(one.offset, one.metadata or "")
        return found

    def note(self, offsets: Mapping[int, int], reader: str) -> None:
        """Commit the counted offsets of partitions to the group, without waiting."""
        from confluent_kafka import TopicPartition

        noted = [
            TopicPartition(self._topic, number, offset, reader)
            for number, offset in offsets.items()
        ]
        with suppress(Trouble), self._told():
            self._consumer.commit(offsets=noted, asynchronous=True)

    def assign(self, offsets: Mapping[int, int]) -> None:
        """Read only these partitions, from these offsets on."""
        from confluent_kafka import TopicPartition

        with self._told():
            self._consumer.assign(
                [TopicPartition(self._topic, number, at) for number, at in offsets.items()]
            )

    def poll(self, limit: int, seconds: float) -> "Iterator[Message | Ended | Trouble]":
        """Yield the next messages, the ends of partitions, and errors."""
        from confluent_kafka import KafkaError

        with self._told():
            taken = self._consumer.consume(limit, seconds)
        for one in taken:
            error = one.error()
            if error is None:
                yield one
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its public name
                yield Ended(int(one.partition() or 0), int(one.offset() or 0))
            else:
                yield _trouble(error, "")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn the client's exceptions into `Trouble`."""
        from confluent_kafka import KafkaException

        try:
            yield
        except KafkaException as error:
            self._admin.poll(0)
            raise _trouble(error.args[0], self._detail) from error
        except TimeoutError as error:
            raise Trouble("timed_out", "no broker answered in time") from error

    def close(self) -> None:
        """Disconnect from the brokers."""
        with suppress(Trouble), self._told():
            self._consumer.close()


_MISSING = frozenset({"unknown_topic_or_part", "unknown_topic", "unknown_partition"})
_UNREACHED = frozenset({"transport", "all_brokers_down", "timed_out", "resolve"})


def _name(error: "KafkaError") -> str:
    return str(error.name()).lower().strip("_")


def _trouble(error: "KafkaError", detail: str) -> Trouble:
    kind, reason = _name(error), str(error.str())
    state = FileState.missing if kind in _MISSING else FileState.unreadable
    if detail and kind in _UNREACHED:
        reason = f"{reason}; {detail}"
    return Trouble(kind, reason, state)
