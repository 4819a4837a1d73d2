"""Records from a real Kafka broker count once, across kills and rereads."""

import signal
import time
from collections.abc import Iterator

from exporter.config import Kafka
from exporter.sources import Block, SourceSpec
from exporter.sources.kafka import KafkaSource
from kafka_broker import Broker, needs_kafka
from kafka_fleet import Fleet, produce, produce_in_transaction
from kafka_traffic import Traffic
from programs import wait_until

pytestmark = needs_kafka
SKIPPED = "zenmux_exporter_kafka_skipped_messages_total"
OFFSET = "zenmux_exporter_kafka_offset"


def test_killed_and_replayed(fleet: Fleet, kafka: Broker) -> None:
    """Totals are exact despite kills, duplicate messages and a rewound offset."""
    traffic = Traffic(1)
    produce(kafka.address, fleet.topic, traffic.draw(300))
    fleet.start()
    produce(kafka.address, fleet.topic, traffic.draw(300))
    wait_until(fleet.totals, "something is counted")
    fleet.end(1, by=signal.SIGKILL)
    kafka.kill()
    fleet.start(1)
    kafka.start()
    produce(kafka.address, fleet.topic, traffic.draw(300))
    fleet.wait_for(traffic.totals())
    fleet.end(0, by=signal.SIGKILL)
    told = fleet.run(0, f"--seek={fleet.topic}/0=5", "--format=csv")
    assert f",{fleet.topic},0,5,0,0," in told
    produce_in_transaction(kafka.address, fleet.topic, traffic.lines[:200], aborts=True)
    produce_in_transaction(kafka.address, fleet.topic, traffic.draw(100) + traffic.lines[:200])
    fleet.start(0)
    fleet.wait_for(traffic.totals())
    skipped = [fleet.samples(number)[SKIPPED] for number in range(3)]
    assert [[*one.values()] for one in skipped] == [[0, 0]] * 3


def test_gap(fleet: Fleet, kafka: Broker) -> None:
    """Messages removed before they were read are logged once, counted and shown."""
    traffic = Traffic(2)
    produce(kafka.address, fleet.topic, traffic.draw(100))
    fleet.start()
    fleet.wait_for(traffic.totals())
    fleet.end(2)
    read = fleet.offsets(2)
    produce(kafka.address, fleet.topic, Traffic(3).draw(200))
    ends = kafka.ends(fleet.topic, 6)
    kafka.remove_before(fleet.topic, [(2, ends[2]), (5, ends[5] - 7)])
    missing = {2: ends[2] - read[2], 5: ends[5] - 7 - read[5]}
    assert min(missing.values()) > 0
    told = f"Skipped messages: {sum(missing.values()):,}"
    for _ in range(2):
        fleet.start(2)
        wait_until(lambda: fleet.value(2, SKIPPED, source="kafka", partition="5"), "it is counted")
        for partition, number in missing.items():
            assert fleet.value(2, SKIPPED, source="kafka", partition=f"{partition}") == number
        wait_until(lambda: told in fleet.page(2), "it is on the page")
        wait_until(lambda: fleet.value(2, OFFSET, source="kafka", partition="5") == ends[5], "read")
        fleet.end(2)
    log = (fleet.directory / "exporter-2.log").read_text()
    assert log.count("messages were removed before they were read") == 2
    assert f"partition=5 messages={missing[5]} " in log
    assert fleet.offsets(2) == {2: ends[2], 5: ends[5]}


def test_what_messages_hold(fleet: Fleet, kafka: Broker) -> None:
    """Messages may be empty or hold several lines or arrays; bad lines are invalid."""
    record = b'{"id": "%s", "timestamp": 1793491200, "model": "m"}'
    values = [
        b"\n".join(record % name for name in (b"a", b"b")),
        b"[%s]" % b",".join(record % name for name in (b"c", b"d")),
        (record % b"e").replace(b", ", b",\n  "),
        None,
        b"  \n",
        b'{"id": "torn", "timestamp": 17934',
        b'{"x": "' + b"x" * (1 << 20) + b'"}',
        b"INFO 1 " + record % b"f",
        record % b"a",
    ]
    fleet.replicas = 1
    fleet.start(0)
    produce(kafka.address, fleet.topic, [(b"key", one) for one in values], max_request_size=1 << 22)
    records = "zenmux_exporter_records_total"
    wait_until(lambda: fleet.value(0, records, source="kafka", result="duplicate"), "all is read")
    assert fleet.value(0, records, source="kafka", result="accepted") == 6
    assert fleet.value(0, records, source="kafka", result="duplicate") == 1
    assert fleet.value(0, records, source="kafka", result="invalid") == 2
    rejected = "zenmux_exporter_invalid_records_total"
    assert fleet.value(0, rejected, source="kafka", reason="line_too_long") == 1
    fleet.end(0)
    assert sum(fleet.offsets(0).values()) == len(values)


def read_all(source: KafkaSource) -> list[Block]:
    """Return the blocks of existing content."""

    def blocks() -> Iterator[Block]:
        while not source.initial_done:
            source.poll()
            block = source.read(0)
            if block is not None:
                yield block

    return [*blocks()]


def test_source_alone(fleet: Fleet, kafka: Broker) -> None:
    """Partitions are read in order and resumed after a commit; another ledger is refused."""
    traffic = Traffic(10)
    produce_in_transaction(kafka.address, fleet.topic, traffic.draw(200))
    settings = Kafka((kafka.address,), fleet.topic, partitions=(0, 3, 9), group="alone")
    spec = SourceSpec("kafka", fleet.topic, kafka=settings)

    def source(ledger: str) -> KafkaSource:
        return KafkaSource(spec, settings, 1 << 20, (), ledger, time.time)

    one = source("ledger 1")
    found = read_all(one)
    states = {status.path: (status.state.value, status.last_error) for status in one.status()}
    assert states == {
        f"{fleet.topic}[0]": ("reading", ""),
        f"{fleet.topic}[3]": ("reading", ""),
        f"{fleet.topic}[9]": ("missing", "the topic has no such partition, it has 6"),
    }
    ends = {b.messages.end.partition: b.messages.end for b in found if b.messages}
    assert {number: end.offset for number, end in ends.items()} == {
        number: kafka.ends(fleet.topic, 6)[number] for number in (0, 3)
    }
    one.note_committed([ends[0]])
    one.rewind()
    again: list[bytes] = []

    def is_read_again() -> bool:
        block = one.read(0)
        again.extend(block.lines if block else ())
        return len(again) >= sum(len(b.lines) for b in found if b.file == f"{fleet.topic}[3]")

    wait_until(is_read_again, "partition 3 is read again")
    assert again == [line for b in found if b.file == f"{fleet.topic}[3]" for line in b.lines]
    one.close()
    other = source("ledger 2")
    assert {block.file for block in read_all(other)} == {f"{fleet.topic}[3]"}
    assert "another ledger has counted it" in other.status()[0].last_error
    other.close()
