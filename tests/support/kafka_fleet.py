"""Exporters that share the partitions of a topic, and other producers that write to it."""

import asyncio
import json
import signal
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped]
from confluent_kafka import Producer

from kafka_broker import PASSWORD, USER, Broker
from kafka_traffic import Line, Totals
from oracle.totals import samples
from programs import Prometheus, Running, exporter_command, free_port, get, wait_until

LABELS = {
    "zenmux_requests_total": "outcome",
    "zenmux_cost_usd_total": "model",
    "zenmux_insurance_payout_usd_total": "model",
    "zenmux_tokens_total": "direction",
}


def produce(address: str, topic: str, lines: Iterable[Line], **settings: Any) -> None:
    """Write messages with aiokafka, keyed by the request's id, and wait for acknowledgement."""

    async def write() -> None:
        async with AIOKafkaProducer(
            bootstrap_servers=address, acks="all", compression_type="gzip", **settings
        ) as producer:
            sent = [await producer.send(topic, value, key=key) for key, value in lines]
            await asyncio.gather(*sent)

    asyncio.run(write())


def produce_in_transaction(
    address: str, topic: str, lines: Sequence[Line], *, aborts: bool = False
) -> None:
    """Write messages with librdkafka in one transaction, with another compression."""
    producer = Producer(
        {
            "bootstrap.servers": address,
            "transactional.id": "tests",
            "compression.type": "zstd",
            # Other clients choose partitions like this; librdkafka's default differs.
            "partitioner": "murmur2_random",
        }
    )
    producer.init_transactions(30)
    producer.begin_transaction()
    for key, value in lines:
        producer.produce(topic, value, key=key)
    if aborts:
        producer.flush(30)
        producer.abort_transaction(30)
    else:
        producer.commit_transaction(30)


class Fleet:
    """Exporters by number, each with its own ledger; they find their number by host name."""

    def __init__(self, directory: Path, broker: Broker, topic: str, replicas: int) -> None:
        """Start none yet."""
        self.directory = directory
        self.broker = broker
        self.topic = topic
        self.replicas = replicas
        self.running: dict[int, Running] = {}
        # The counts of exporters that no longer run.
        self.retired: Totals = {}
        self._ports: dict[int, int] = {}

    def _source(self, number: int) -> dict[str, Any]:
        """Return the source; every second exporter uses TLS with a certificate and a password."""
        found: dict[str, Any] = {
            "name": "kafka",
            "type": "kafka",
            "topic": self.topic,
            "replicas": self.replicas,
            "brokers": [self.broker.address],
        }
        if number % 2:
            password = self.directory / "password"
            password.write_text(f"{PASSWORD}\n")
            mechanism = "SCRAM-SHA-512" if number % 4 == 1 else "PLAIN"
            found |= {
                "brokers": [self.broker.secure_address],
                "tls": {
                    "ca_file": str(self.broker.authority.cert),
                    "cert_file": str(self.broker.client.cert),
                    "key_file": str(self.broker.client.key),
                },
                "sasl": {
                    "mechanism": mechanism,
                    "username": USER,
                    "password_file": str(password),
                },
            }
        return found

    def state(self, number: int) -> Path:
        """Return the folder of an exporter's ledger."""
        return self.directory / f"state-{number}"

    def command(self, number: int, *arguments: str, name: str = "run") -> list[str]:
        """Return the command of an exporter."""
        config = self.directory / f"exporter-{number}.yml"
        config.write_text(json.dumps({"sources": [self._source(number)]}))
        given = (f"--config.file={config}", f"--storage.path={self.state(number)}")
        return [
            "env",
            f"HOSTNAME=exporter-{number}",
            *exporter_command(name, *given, *arguments),
        ]

    def address(self, number: int) -> str:
        """Return the address of an exporter, whether or not it runs."""
        return f"127.0.0.1:{self._ports.setdefault(number, free_port())}"

    def start(self, *numbers: int) -> None:
        """Start exporters, by default all."""
        for number in numbers or range(self.replicas):
            command = self.command(number, f"--web.listen-address={self.address(number)}")
            log = self.directory / f"exporter-{number}.log"
            self.running[number] = Running(command, log)

    def end(self, *numbers: int, by: int = signal.SIGTERM) -> None:
        """Stop exporters, by default all."""
        for number in numbers or [*self.running]:
            self.running.pop(number).stop(by)

    def run(self, number: int, *arguments: str, name: str = "kafka") -> str:
        """Return the output of another command on an exporter's ledger."""
        command = self.command(number, *arguments, name=name)
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def offsets(self, number: int) -> dict[int, int]:
        """Return the offsets up to which a stopped exporter has counted its partitions."""
        rows = json.loads(self.run(number, "--format=json"))["rows"]
        return {row["partition"]: row["offset"] for row in rows if row["topic"] == self.topic}

    def samples(self, number: int) -> dict[str, dict[tuple[tuple[str, str], ...], Decimal]]:
        """Return an exporter's samples by metric and labels; empty if it does not respond."""
        status, text = get(f"http://{self.address(number)}/metrics")
        found: dict[str, dict[tuple[tuple[str, str], ...], Decimal]] = defaultdict(dict)
        for name, labels, value in samples(text) if status == 200 else ():
            found[name][tuple(sorted(labels.items()))] = value
        return found

    def totals(self) -> Totals:
        """Return the exact sums over all running exporters."""
        found: Totals = defaultdict(Decimal, self.retired)
        for number in self.running:
            for key, value in self.of(number).items():
                found[key] += value
        return {key: value for key, value in found.items() if value}

    def of(self, number: int) -> Totals:
        """Return the sums of one exporter."""
        found: Totals = defaultdict(Decimal)
        shown = self.samples(number)
        for name, label in LABELS.items():
            for labels, value in shown[name].items():
                found[name, dict(labels)[label]] += value
        return found

    def all_answer(self) -> bool:
        """Return True if all running exporters can be scraped."""
        return all(map(self.samples, self.running))

    def value(self, number: int, name: str, **labels: str) -> Decimal | None:
        """Return one sample of an exporter."""
        return self.samples(number)[name].get(tuple(sorted(labels.items())))

    def wait_for(self, expected: Totals, deadline: float = 60) -> None:
        """Wait until the sums equal the recount's."""
        found: list[Totals] = [{}]

        def agrees() -> bool:
            found[0] = self.totals()
            return found[0] == expected

        try:
            wait_until(agrees, "the sums are the recount's", deadline, every=0.2)
        except AssertionError as error:
            differs = {
                key: (found[0].get(key), expected.get(key))
                for key in found[0].keys() | expected.keys()
                if found[0].get(key) != expected.get(key)
            }
            raise AssertionError(f"found, expected: {differs}") from error

    def has(self, number: int, state: str) -> bool:
        """Return True if an exporter has partitions in a state."""
        return bool(self.value(number, "zenmux_exporter_source_files", source="kafka", state=state))

    def page(self, number: int) -> str:
        """Return an exporter's page."""
        return get(f"http://{self.address(number)}/")[1]

    def prometheus_config(self) -> str:
        """Return a configuration that scrapes all exporters."""
        targets = json.dumps([self.address(number) for number in range(self.replicas)])
        return (
            "global: {scrape_interval: 1s}\nscrape_configs:\n"
            f"  - {{job_name: zenmux, static_configs: [{{targets: {targets}}}]}}\n"
        )


def sums(prometheus: Prometheus) -> Mapping[tuple[str, str], float]:
    """Return the sums over all exporters, from Prometheus."""
    found = {}
    for name, label in LABELS.items():
        for one in prometheus.query(f"sum by ({label}) ({name})"):
            value = float(one["value"][1])
            if value:
                found[name, one["metric"][label]] = value
    return found
