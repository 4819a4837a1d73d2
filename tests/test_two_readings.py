"""The quick reading of a line and the exact one give the same record, or the same reason."""

import pytest
from loggen import generate

from exporter.decode import Decoder
from exporter.errors import Rejected
from exporter.records import Record


def read(line: bytes, *, quick: bool) -> Record | str | None:
    """The record or the reason; a line not known to be UTF-8 is always read exactly."""
    try:
        return Decoder().decode(line, utf8=quick)
    except Rejected as rejected:
        return rejected.reason


def is_utf8(line: bytes) -> bool:
    """What the framing tells of a line."""
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


@pytest.mark.parametrize("seed", range(30))
def test_same_record(seed: int) -> None:
    """For logs of every kind of trouble."""
    lines = [line for line in generate(2000 + seed, 300) if is_utf8(line)]
    records = [read(line, quick=True) for line in lines]

    assert records == [read(line, quick=False) for line in lines]
    assert sum(isinstance(record, Record) for record in records) > 100


@pytest.mark.parametrize(
    "amount",
    [
        "0.0000000000005",
        "0.0000000000015",
        "0.00000000000050000000000000000001",
        "0.12345678901250000001",
        "999.9999999999995",
        "999.99999999999949999",
        "0.30000000000000004",
        "123456.789012345678",
    ],
)
def test_ties_round_as_the_literal(amount: str) -> None:
    """An amount rounds as the decimal in the log, not as its binary float."""
    line = f'{{"timestamp": 1793491200, "model": "m", "cost_usd": {amount}}}'.encode()

    assert read(line, quick=True) == read(line, quick=False)
