"""Kafka as a source: partitions are read from the ledger's offsets, in a separate thread.

source                               the source for the pipeline, with statuses
reader                               the thread: finds the topic, reads, reports errors
partition                            one partition: its blocks, its end, its trouble
blocks                               converts messages to blocks of lines
start, telling                       where reading begins, and the messages skipped there
client                               the broker's client
"""

from .source import KafkaSource

__all__ = ["KafkaSource"]
