"""Rows of the ledger: series, histograms and ids as they are stored, each with a checksum."""

import json
from zlib import crc32

from ..tally import Observations
from .ids import ENTRY_BYTES
from .series import Counter, Histogram

SEPARATOR = "\x1f"  # never in a label value: control characters are replaced there

# SQLite's integers end here; larger exact totals are stored as text.
_INTEGER_LIMIT = 1 << 63


def join(labels: tuple[str, ...]) -> str:
    """Label values as one text."""
    return SEPARATOR.join(labels)


def split(text: str) -> tuple[str, ...]:
    """Label values from their text; the empty text is no label at all."""
    return tuple(text.split(SEPARATOR)) if text else ()


def amount(value: int) -> int | str:
    """An exact total as SQLite can hold it."""
    return value if value < _INTEGER_LIMIT else str(value)


def check_sum(*parts: object) -> int:
    """Tells damage from data; SQLite itself checks no content."""
    return crc32(SEPARATOR.join(map(str, parts)).encode())


def segment_sum(number: int, added: bytes, changed: bytes) -> int:
    """The check sum of an id segment."""
    return crc32(changed, crc32(added, number & 0xFFFFFFFF))


def counter_row(counter: Counter, value: int) -> tuple[int, str, str, int | str, int]:
    """(birth, metric, labels, value, check sum)."""
    birth, name, labels, kept = (
        counter.birth,
        counter.metric.name,
        SEPARATOR.join(counter.labels),
        amount(value),
    )
    # `check_sum` written out: a batch has thousands of counters.
    stored = f"{birth}{SEPARATOR}{name}{SEPARATOR}{labels}{SEPARATOR}{kept}"
    return birth, name, labels, kept, crc32(stored.encode())


def histogram_row(histogram: Histogram, added: Observations) -> tuple[int, str, str, str, int]:
    """The same for a histogram after an addition."""
    total = Observations(added.bounds)
    total.add(histogram.value)
    total.add(added)
    value = json.dumps(
        {
            "bounds": list(total.bounds),
            "counts": total.counts,
            "total": total.total,
            "exemplars": {str(bucket): list(one) for bucket, one in total.exemplars.items()},
        },
        separators=(",", ":"),
    )
    labels, name = join(histogram.labels), histogram.metric.name
    return (
        histogram.birth,
        name,
        labels,
        value,
        check_sum(histogram.birth, name, labels, value),
    )


def observations(text: str) -> Observations:
    """A histogram's stored value."""
    stored = json.loads(text)
    found = Observations(tuple(stored["bounds"]))
    found.counts = stored["counts"]
    found.total = stored["total"]
    found.exemplars = {int(bucket): tuple(one) for bucket, one in stored["exemplars"].items()}
    return found


def entries(packed: bytes) -> int:
    """How many ids a segment's part holds."""
    return len(packed) // ENTRY_BYTES
