"""A real Kafka broker for tests: Apache Kafka in KRaft mode, from its Maven packages.

They are fetched once by `mvn` into the user's cache folder. A broker can be killed and
restarted; it keeps its ports and its data.
"""

import base64
import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec  # type: ignore[attr-defined]

from certificates import Authority, Pair
from places import ROOT
from programs import Running, free_port, wait_until

POM = ROOT / "tests/support/kafka/pom.xml"
PASSWORD = "correct-horse-battery"
USER = "reader"
_HEAP = "-Xmx384m"
_SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAIN://127.0.0.1:{plain},SECURE://127.0.0.1:{secure},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAIN://127.0.0.1:{plain},SECURE://127.0.0.1:{secure}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAIN
listener.security.protocol.map=PLAIN:PLAINTEXT,SECURE:SASL_SSL,CONTROLLER:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=1500
broker.heartbeat.interval.ms=300
listener.name.secure.ssl.keystore.type=PEM
listener.name.secure.ssl.keystore.location={keystore}
listener.name.secure.ssl.truststore.type=PEM
listener.name.secure.ssl.truststore.location={authority}
listener.name.secure.ssl.client.auth=required
listener.name.secure.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.secure.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required user_{user}="{password}";
listener.name.secure.scram-sha-256.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.secure.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
"""

needs_kafka = [
    pytest.mark.skipif(
        shutil.which("java") is None and not os.environ.get("CI"),
        reason="needs java for a Kafka broker",
    ),
    pytest.mark.skipif(
        shutil.which("mvn") is None and not os.environ.get("CI"),
        reason="needs mvn to fetch a Kafka broker",
    ),
]


def packages() -> Path:
    """Return the folder with the broker's packages; fetch them if needed."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "zenmux-exporter-tests"
    folder.mkdir(parents=True, exist_ok=True)
    found = folder / "kafka-3.9.1"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not found.exists():
            new = folder / "kafka.new"
            shutil.rmtree(new, ignore_errors=True)
            goal = ("dependency:copy-dependencies", f"-DoutputDirectory={new}")
            # Outside of the repository, which must not get a folder `target`.
            done = subprocess.run(["mvn", "-q", "-B", "-f", POM, *goal], check=False, cwd=folder)
            if done.returncode:
                pytest.skip("needs mvn to reach a repository with Kafka's packages")
            new.rename(found)
    return found


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports on which a broker listens."""

    plain: int
    secure: int
    controller: int


class Broker:
    """A broker with its data in a folder."""

    def __init__(self, directory: Path) -> None:
        """Format its storage."""
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self._ports = Ports(free_port(), free_port(), free_port())
        self.authority = Authority(directory)
        self.client: Pair = self.authority.sign("exporter", "exporter.test")
        pair = self.authority.sign("broker", "127.0.0.1", "localhost")
        keystore = directory / "broker.pem"
        keystore.write_bytes(pair.key.read_bytes() + pair.cert.read_bytes())
        self._settings = directory / "server.properties"
        self._settings.write_text(
            _SETTINGS.format(
                plain=self._ports.plain,
                secure=self._ports.secure,
                controller=self._ports.controller,
                data=directory / "data",
                keystore=keystore,
                authority=self.authority.cert,
                user=USER,
                password=PASSWORD,
            )
        )
        self._packages = packages()
        self._format()
        self._running: Running | None = None

    def _java(self, *arguments: str) -> list[str]:
        return [
            "java", _HEAP, "-XX:TieredStopAtLevel=1", "-Xshare:auto",
            "-cp", f"{self._packages}/*", *arguments,
        ]  # fmt: skip

    def _format(self) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        users = (
            f"--add-scram=SCRAM-SHA-{bits}=[name={USER},password={PASSWORD}]" for bits in (256, 512)
        )
        command = self._java(
            "kafka.tools.StorageTool", "format", f"--cluster-id={cluster}",
            f"--config={self._settings}", *users,
        )  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)

    @property
    def address(self) -> str:
        """Return the address without encryption and authentication."""
        return f"127.0.0.1:{self._ports.plain}"

    @property
    def secure_address(self) -> str:
        """Return the address that requires a client certificate and a password over TLS."""
        return f"127.0.0.1:{self._ports.secure}"

    def start(self) -> None:
        """Start the broker, and wait until it responds."""
        command = self._java("kafka.Kafka", str(self._settings))
        program = self._running = Running(command, self.directory / "broker.log")

        def answers() -> bool:
            program.logged("")
            with contextlib.suppress(Exception):
                return bool(self.admin.list_topics(timeout=1).brokers)
            return False

        wait_until(answers, "the broker answers", 60)

    def end(self, number: int = signal.SIGTERM) -> None:
        """Stop the broker with a signal."""
        if self._running is not None:
            self._running.stop(number)
            self._running = None

    def kill(self) -> None:
        """Kill the broker."""
        self.end(signal.SIGKILL)

    @cached_property
    def admin(self) -> AdminClient:
        """Return a client that manages topics."""
        return AdminClient({"bootstrap.servers": self.address, "log_level": 0})

    def create(self, topic: str, partitions: int, **settings: str) -> None:
        """Create a topic."""
        made = self.admin.create_topics([NewTopic(topic, partitions, 1, config=settings)])
        made[topic].result(30)

        def is_there() -> bool:
            known = self.admin.list_topics(topic, timeout=5).topics[topic]
            return known.error is None and len(known.partitions) == partitions

        wait_until(is_there, "the topic is there")

    def delete(self, topic: str) -> None:
        """Delete a topic."""
        self.admin.delete_topics([topic])[topic].result(30)
        wait_until(
            lambda: topic not in self.admin.list_topics(timeout=5).topics, "the topic is gone"
        )

    def ends(self, topic: str, partitions: int) -> list[int]:
        """Return the offset after the last message of each partition."""
        wanted = {TopicPartition(topic, n): OffsetSpec.latest() for n in range(partitions)}  # type: ignore[no-untyped-call]
        found = self.admin.list_offsets(wanted)
        return [found[TopicPartition(topic, n)].result(30).offset for n in range(partitions)]

    def remove_before(self, topic: str, offsets: Sequence[tuple[int, int]]) -> None:
        """Delete the messages before these offsets, as retention does."""
        wanted = [TopicPartition(topic, number, offset) for number, offset in offsets]
        for one in self.admin.delete_records(wanted).values():
            one.result(30)


@contextlib.contextmanager
def broker(directory: Path) -> Iterator[Broker]:
    """Run a broker within a `with` statement."""
    one = Broker(directory)
    try:
        one.start()
        yield one
    finally:
        one.kill()
        shutil.rmtree(directory / "data", ignore_errors=True)
