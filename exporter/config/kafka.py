"""Read the settings of a source of type kafka: brokers, topic, partitions, TLS and SASL."""

import importlib.util
import os
import re
import socket
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..secret import PASSWORD
from . import secret
from .faults import Faults, Place
from .model import Kafka, KafkaSasl, KafkaTls, Source
from .readers import (
    InvalidValue,
    Reader,
    checked,
    choice,
    items,
    require,
    section,
    text,
    trimmed,
    whole_number,
)

TYPE = "kafka"
INSTALL = "pip install 'zenmux-exporter[kafka]'"
_MOST = 1_000_000
_BROKER = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})")
_TOPIC = re.compile(r"(?!\.\.?$)[A-Za-z0-9._-]{1,249}")
_ORDINAL = re.compile(r"(?:^|[^0-9])([0-9]{1,6})$")


def _broker(written: str) -> None:
    match = _BROKER.fullmatch(written)
    if match is None or not 0 < int(match[1]) < 1 << 16:
        raise ValueError("must be HOST:PORT")


def _topic(written: str) -> None:
    if not _TOPIC.fullmatch(written):
        raise ValueError("must be the name of a topic: up to 249 of A-Z, a-z, 0-9, . _ and -")


def _path(value: object, place: Place) -> Path:
    return Path(text(value, place))


_TLS: Mapping[str, Reader] = dict.fromkeys(("ca_file", "cert_file", "key_file"), _path)


def _tls(value: object, place: Place) -> KafkaTls:
    found = section(value, place, _TLS)
    given = value if isinstance(value, dict) else {}
    if (given.get("cert_file") is None) != (given.get("key_file") is None):
        place.fault("give cert_file and key_file, or none of them")
    return KafkaTls(**found)


_SASL: Mapping[str, Reader] = {
    "mechanism": choice("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"),
    "username": text,
    **secret.fields("password"),
}


def _sasl(value: object, place: Place) -> KafkaSasl | None:
    found = section(value, place, _SASL)
    require(value if isinstance(value, dict) else {}, place, ("mechanism", "username"))
    password = secret.take(found, value, "password", PASSWORD, place, required=True)
    if password is None or not {"mechanism", "username"} <= found.keys():
        return None
    return KafkaSasl(**found, password=password)


def _partitions(value: object, place: Place) -> tuple[int, ...]:
    found: tuple[int, ...] = items(whole_number(0, _MOST), least=1)(value, place)
    if len({*found}) < len(found):
        raise InvalidValue("must not name a partition twice")
    return found


FIELDS: Mapping[str, Reader] = {
    "brokers": items(checked(_broker), least=1),
    "topic": checked(_topic),
    "partitions": _partitions,
    "replicas": whole_number(1, _MOST),
    "replica": whole_number(0, _MOST),
    "group": trimmed,
    "tls": _tls,
    "sasl": _sasl,
}


def take(found: dict[str, Any], given: Mapping[str, object], place: Place) -> None:
    """Merge Kafka's settings into one; add a fault for each that is missing or does not apply."""
    values = {key: found.pop(key) for key in FIELDS if key in found}
    if found.get("type") != TYPE:
        for key in sorted(FIELDS.keys() & given.keys()):
            place.at(key).fault(f"applies to sources of type {TYPE} only")
        return
    require(given, place, ("brokers", "topic"))
    if "path" in given:
        place.at("path").fault(f"does not apply to a source of type {TYPE}")
    if "partitions" in given and {"replicas", "replica"} & given.keys():
        place.at("partitions").fault("give partitions, or replicas, and not both")
    elif "replica" in given and "replicas" not in given:
        place.at("replicas").fault("must be given with replica")
    if {"brokers", "topic"} <= values.keys():
        found["kafka"] = Kafka(**values)


def check_used(sources: Iterable[Source], faults: Faults) -> None:
    """Add a fault for a Kafka source without the client, its number, or a topic of its own."""
    seen: dict[tuple[str, ...], int] = {}
    is_installed = importlib.util.find_spec("confluent_kafka") is not None
    for index, source in enumerate(sources):
        kafka, place = source.kafka, Place(faults).at("sources").at(index)
        if kafka is None:
            continue
        if not is_installed:
            place.at("type").fault(f"Kafka's client is not installed: {INSTALL}")
        first = seen.setdefault((kafka.topic, *sorted(kafka.brokers)), index)
        if first != index:
            place.at("topic").fault(f"sources[{first}] reads it already: list all partitions there")
        if kafka.replicas:
            _check_number(kafka, place)


def _check_number(kafka: Kafka, place: Place) -> None:
    number = ordinal(kafka)
    if number is None:
        place.at("replica").fault(
            f"must be given: the host's name {_host()} does not end with a number"
        )
    elif number >= kafka.replicas:
        place.at("replicas").fault(f"must be more than this replica's number, {number}")


def ordinal(kafka: Kafka) -> int | None:
    """Return this replica's number: as configured, or from the end of the host's name."""
    if kafka.replica is not None:
        return kafka.replica
    match = _ORDINAL.search(_host())
    return int(match[1]) if match else None


def numbered(source: Source) -> Source:
    """Return a source with the replica's number filled in."""
    if source.kafka is None or not source.kafka.replicas:
        return source
    return replace(source, kafka=replace(source.kafka, replica=ordinal(source.kafka)))


def _host() -> str:
    return os.environ.get("HOSTNAME") or socket.gethostname()
