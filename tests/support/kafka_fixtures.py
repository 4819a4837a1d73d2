"""Fixtures of tests with a real Kafka broker."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from kafka_broker import Broker
    from kafka_fleet import Fleet


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Broker]":
    """A broker."""
    from kafka_broker import broker

    with broker(tmp_path_factory.mktemp("kafka")) as running:
        yield running


@pytest.fixture
def fleet(tmp_path: Path, kafka: "Broker", request: pytest.FixtureRequest) -> "Iterator[Fleet]":
    """Three exporters that are not started, and a topic named as the test."""
    from kafka_fleet import Fleet

    topic = request.function.__name__
    kafka.create(topic, 6)
    one = Fleet(tmp_path, kafka, topic, 3)
    yield one
    one.end(by=signal.SIGKILL)
