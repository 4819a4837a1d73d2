"""Kafka as a source: offsets and lag of partitions, skipped messages, errors."""

from grafana_foundation_sdk.builders import bargauge, timeseries

from ..builders.charts import lines, ranking
from ..builders.units import COUNT
from ..promql import health
from ..promql.selectors import RANGE

_PREFIX = "zenmux_exporter_kafka_"


def lag() -> timeseries.Panel:
    """Return the messages that are not read yet, by partition."""
    return lines(
        "Not read yet by partition",
        "Messages that were not read yet. Those that retention removes before that are lost.",
        {
            "{{source}}: {{partition}}": health.source_gauge(
                f"{_PREFIX}lag_messages", "source, partition"
            )
        },
        COUNT,
        empty="No Kafka topic is read",
    )


def offset() -> timeseries.Panel:
    """Return the next offset of each partition."""
    return lines(
        "Next message by partition",
        "The offset up to which a partition is read. It is constant while nobody sends requests.",
        {"{{source}}: {{partition}}": health.source_gauge(f"{_PREFIX}offset", "source, partition")},
        COUNT,
        empty="No Kafka topic is read",
    )


def skipped() -> bargauge.Panel:
    """Return the messages removed before they were read, and how often partitions were reset."""
    return ranking(
        "Skipped messages",
        "Messages in the range that Kafka had removed before they were read. Also how often a "
        "partition was read from its start again, because its topic was recreated or truncated.",
        {
            "{{source}}: {{partition}}": health.source_increase(
                f"{_PREFIX}skipped_messages_total", RANGE, "source", "partition"
            ),
            "{{source}}: {{partition}} read again": health.source_increase(
                f"{_PREFIX}resets_total", RANGE, "source", "partition"
            ),
        },
        COUNT,
        empty="None known",
    )


def errors() -> bargauge.Panel:
    """Return how often a topic stopped being readable, by kind of error."""
    return ranking(
        "Errors of Kafka's client",
        "Times in the range that a Kafka topic became unreadable, by the client's name for the "
        "error.",
        {"{{kind}}": health.process_increase(f"{_PREFIX}errors_total", "kind")},
        COUNT,
        empty="None in this range",
    )
