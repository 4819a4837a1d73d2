"""Parse an exposition into exact decimals; client libraries would return floats."""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from ..errors import ExporterError

Labels = tuple[tuple[str, str], ...]
Samples = dict[str, dict[Labels, Decimal]]

_LABELS = r'(?:[a-zA-Z_]\w*="(?:[^"\\]|\\.)*",?)*'
_SAMPLE = re.compile(rf"([a-zA-Z_:][\w:]*)(?:\{{({_LABELS})\}})? (\S+)")
_LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(r"\\(.)")


def parse(text: str) -> Samples:
    """Return the values of an exposition in the text format, by name and sorted labels.

    Raises `ExporterError` if a value is not a number.
    """
    found: Samples = {}
    for name, labels, value in _samples(text):
        found.setdefault(name, {})[labels] = value
    return found


def _samples(text: str) -> Iterator[tuple[str, Labels, Decimal]]:
    # Label values may hold other line separators than a newline.
    for line in text.split("\n"):
        match = None if line.startswith("#") else _SAMPLE.match(line)
        if match:
            labels = [(name, _unescape(value)) for name, value in _LABEL.findall(match[2] or "")]
            yield match[1], tuple(sorted(labels)), _number(match[3])


def _number(text: str) -> Decimal:
    try:
        return Decimal(text.replace("Inf", "Infinity"))
    except InvalidOperation:
        raise ExporterError("the exporter's metrics hold a value that is not a number") from None


def _unescape(value: str) -> str:
    return _ESCAPE.sub(lambda match: "\n" if match[1] == "n" else match[1], value)
