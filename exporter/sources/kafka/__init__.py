"""Kafka as a source: partitions read from where the ledger says, in a thread of their own.

source                               what the pipeline reads, and the statuses
reader                               the thread: finds the topic, reads, tells what it lacks
partition                            one partition: its blocks, its end, its trouble
blocks                               messages become blocks of lines
start, telling                       where reading begins, and what that passes over
client                               the broker's client
"""

from .source import KafkaSource

__all__ = ["KafkaSource"]
