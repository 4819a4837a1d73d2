"""Encode values for table columns, and decode them."""

import json
from operator import attrgetter

import msgspec

from ..counting.deduplication import packed_key
from ..counting.delta import CompensatedRequest, HistogramValue, IdKey
from ..positions import Position
from ..receipts import Receipt
from .tables import COMPENSATION_COLUMNS, Row, exact

_ID_BUCKET_BYTES = 3

_PAYOUT = COMPENSATION_COLUMNS.index("payout")
_compensation_values = attrgetter(*COMPENSATION_COLUMNS)

# Writes escaped ASCII, so it accepts any integer and any text, even lone surrogates.
_to_json = json.JSONEncoder(separators=(",", ":")).encode
_labels_decoder = msgspec.json.Decoder(tuple[str, ...])


def encode_labels(labels: tuple[str, ...]) -> str:
    """Encode label values as one text."""
    return msgspec.json.encode(labels).decode()


def decode_labels(text: str) -> tuple[str, ...]:
    """Decode `encode_labels`."""
    return _labels_decoder.decode(text)


def encode_name(text: str) -> bytes:
    """Encode a name from outside, whose undecodable bytes are lone surrogates."""
    return text.encode(errors="surrogatepass")


def decode_name(stored: bytes) -> str:
    """Decode `encode_name`."""
    return stored.decode(errors="surrogatepass")


def encode_id(key: IdKey) -> bytes:
    """Encode the key of an id."""
    return packed_key(key)


def decode_id(stored: bytes) -> IdKey:
    """Decode `encode_id`."""
    return int.from_bytes(stored[:_ID_BUCKET_BYTES]), stored[_ID_BUCKET_BYTES:]


def encode_histogram(value: HistogramValue) -> str:
    """Encode a histogram as JSON."""
    return _to_json(
        {
            "bounds": value.bounds,
            "counts": value.counts,
            "total": value.total,
            "exemplars": sorted((bucket, *one) for bucket, one in value.exemplars.items()),
        }
    )


def decode_histogram(text: str) -> HistogramValue:
    """Decode `encode_histogram`."""
    stored = json.loads(text)
    bounds, counts = tuple(stored["bounds"]), tuple(stored["counts"])
    if len(counts) != len(bounds) + 1:
        raise ValueError("the number of a histogram's counts does not fit its buckets")
    exemplars = {bucket: (name, value, ms) for bucket, name, value, ms in stored["exemplars"]}
    return HistogramValue(bounds, counts, stored["total"], exemplars)


def encode_position(position: Position) -> str:
    """Encode a position as JSON."""
    return _to_json(msgspec.to_builtins(position))


def decode_position(text: str) -> Position:
    """Decode `encode_position`."""
    return msgspec.convert(json.loads(text), Position)


def encode_receipt(receipt: Receipt) -> str:
    """Encode a receipt as JSON."""
    return _to_json(msgspec.to_builtins(receipt))


def decode_receipt(text: str) -> Receipt:
    """Decode `encode_receipt`."""
    return msgspec.json.decode(text, type=Receipt)


def encode_request(request: CompensatedRequest) -> Row:
    """Encode a compensated request as its columns."""
    values = list(_compensation_values(request))
    values[_PAYOUT] = exact(request.payout)
    return tuple(values)


def decode_request(columns: Row) -> CompensatedRequest:
    """Decode `encode_request`."""
    values = list(columns)
    values[_PAYOUT] = int(values[_PAYOUT])
    return CompensatedRequest(*values)
