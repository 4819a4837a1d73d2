"""The long form of the tests with a Kafka broker: `make kafka`."""

import os
import random
import signal
import time

from kafka_broker import Broker, needs_kafka
from kafka_fleet import Fleet, produce, produce_in_transaction, sums
from kafka_traffic import Traffic
from programs import prometheus, wait_until

pytestmark = needs_kafka
SECONDS = float(os.environ.get("SECONDS", "60"))
SKIPPED = "zenmux_exporter_kafka_skipped_messages_total"
RESETS = "zenmux_exporter_kafka_resets_total"


def test_sum_of_prometheus(fleet: Fleet, kafka: Broker) -> None:
    """Prometheus's sums are exact despite kills, duplicate messages and rewound offsets."""
    chance, traffic = random.Random(7), Traffic(7)
    produce(kafka.address, fleet.topic, traffic.draw(500))
    fleet.start()
    end = time.monotonic() + SECONDS
    kills = 0
    with prometheus(fleet.directory / "prometheus", fleet.prometheus_config()) as server:
        while time.monotonic() < end:
            write = chance.choice((produce, produce_in_transaction))
            write(kafka.address, fleet.topic, traffic.draw(chance.randint(1, 400)))
            if chance.random() < 0.3:
                write(kafka.address, fleet.topic, chance.choices(traffic.lines, k=200))
            number = chance.randrange(3)
            if chance.random() < 0.2:
                kafka.kill()
                kafka.start()
                kills += 1
            fleet.end(number, by=signal.SIGKILL)
            kills += 1
            known = fleet.offsets(number) if chance.random() < 0.5 else {}
            for partition, offset in known.items():
                fleet.run(number, f"--seek={fleet.topic}/{partition}={chance.randint(0, offset)}")
            fleet.start(number)
        produce(kafka.address, fleet.topic, traffic.settle())
        expected = traffic.totals()
        fleet.wait_for(expected, 120)
        shown = {key: float(value) for key, value in expected.items()}

        def agrees() -> bool:
            found = sums(server)
            return found.keys() == shown.keys() and all(
                abs(found[key] - value) <= 1e-12 * value for key, value in shown.items()
            )

        wait_until(agrees, "Prometheus's sums equal the recount")
    assert kills > SECONDS / 30
    skipped = [fleet.samples(number)[SKIPPED] for number in range(3)]
    assert [[*one.values()] for one in skipped] == [[0, 0]] * 3


def test_made_anew(fleet: Fleet, kafka: Broker) -> None:
    """A recreated topic is read from its beginning; ids count once."""
    traffic = Traffic(4)
    produce(kafka.address, fleet.topic, traffic.draw(100))
    fleet.start()
    fleet.wait_for(traffic.totals())
    kafka.delete(fleet.topic)
    wait_until(lambda: fleet.has(0, "missing"), "it is missing")
    kafka.create(fleet.topic, 6)
    produce(kafka.address, fleet.topic, traffic.lines + traffic.draw(50))
    fleet.wait_for(traffic.totals())
    assert fleet.value(0, RESETS, source="kafka", partition="0") == 1
    assert fleet.value(0, SKIPPED, source="kafka", partition="0") == 0


def test_other_number_of_replicas(fleet: Fleet, kafka: Broker) -> None:
    """After a change of replicas, moved partitions are refused until other ledgers are imported."""
    traffic = Traffic(5)
    fleet.replicas = 2
    produce(kafka.address, fleet.topic, traffic.draw(200))
    fleet.start()
    fleet.wait_for(traffic.totals())
    fleet.end()
    for replicas in (3, 2):
        produce(kafka.address, fleet.topic, traffic.draw(100) + traffic.lines[-50:])
        fleet.replicas = replicas
        fleet.start()
        wait_until(lambda: fleet.has(1, "unreadable"), "moved partitions are not read", 60)
        wait_until(fleet.all_answer, "all exporters answer")
        fleet.end()
        ledgers = [str(fleet.state(number)) for number in range(3)]
        for number in range(replicas):
            others = (one for at, one in enumerate(ledgers) if at != number)
            fleet.run(number, *others)
        fleet.start()
        fleet.wait_for(traffic.totals())
        produce(kafka.address, fleet.topic, traffic.draw(100) + traffic.settle())
        fleet.wait_for(traffic.totals())
        fleet.retired = fleet.of(2) if replicas == 3 else {}
        fleet.end()


def test_no_broker(fleet: Fleet, kafka: Broker) -> None:
    """Without a broker the exporter serves and shows the error."""
    traffic = Traffic(6)
    produce(kafka.address, fleet.topic, traffic.draw(50))
    kafka.end()
    fleet.start(0)
    wait_until(lambda: fleet.has(0, "unreadable"), "it is unreadable")
    assert "Connection refused" in fleet.page(0)
    assert fleet.value(0, "zenmux_exporter_kafka_errors_total", source="kafka", kind="transport")
    fleet.end(0)
    kafka.start()


def test_gap_while_running(fleet: Fleet, kafka: Broker) -> None:
    """An exporter that is paused beyond the retention counts the messages it missed."""
    traffic = Traffic(8)
    fleet.replicas = 1
    produce(kafka.address, fleet.topic, traffic.draw(50))
    fleet.start()
    fleet.wait_for(traffic.totals())
    read = kafka.ends(fleet.topic, 6)
    fleet.running[0].process.send_signal(signal.SIGSTOP)
    for part in range(9, 19):
        # The paused exporter gets only messages of a fetch that was in flight.
        produce(kafka.address, fleet.topic, Traffic(part).draw(20))
    ends = kafka.ends(fleet.topic, 6)
    kafka.remove_before(fleet.topic, [*enumerate(ends)])
    fleet.running[0].process.send_signal(signal.SIGCONT)

    def told() -> tuple[int, int]:
        shown = fleet.samples(0)
        skipped = sum(map(int, shown[SKIPPED].values()))
        return skipped, skipped + sum(map(int, shown["zenmux_exporter_records_total"].values()))

    wait_until(lambda: told()[1] == sum(ends), "each message is counted or skipped")
    assert 0 < told()[0] <= sum(ends) - sum(read)
