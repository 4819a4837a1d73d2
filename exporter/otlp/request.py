"""Turn a request into the lines of its calls, in steps and within limits."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec

from . import json_request
from .calls import Around, Item, Items, Signal, is_call, line_of
from .values import Wanted
from .wire import TooManyError

PROTOBUF, JSON = "application/x-protobuf", "application/json"
TRACES, LOGS = "/v1/traces", "/v1/logs"
# The line of an item that can't be read; it is counted as invalid.
BROKEN = b"broken"
INSTALL = 'protobuf needs a package: pip install "zenmux-exporter[otlp]"; JSON needs none'
# Spans or log records of a request: more than any exporter sends in 16 MiB.
MAX_ITEMS = 200_000
# Items per step, some milliseconds of work.
_STEP = 200


class MalformedError(Exception):
    """A request is not in the encoding that its type says."""


class TooMuchError(Exception):
    """A request is larger than any exporter sends."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The lines of a request's calls, and the number of its other items."""

    lines: bytes
    ignored: int


@cache
def is_protobuf_installed() -> bool:
    """Return True if requests in protobuf can be read."""
    try:
        return find_spec("opentelemetry.proto.trace.v1.trace_pb2") is not None
    except ModuleNotFoundError:
        return False


def decode_in_steps(
    data: bytes, signal: Signal, wanted: Wanted, most: int, *, is_json: bool
) -> Iterator[Decoded | None]:
    """Decode a request; yields None after each step, and the result at the end.

    `wanted`: the attributes to keep, None for all. `most`: the limit on the lines' bytes. Raises
    `MalformedError` and `TooMuchError`.
    """
    if is_json and data.count(b",") > json_request.MAX_COMMAS:
        raise TooMuchError
    parts: list[bytes] = []
    size = ignored = 0
    try:
        for number, found in enumerate(_items(data, signal, wanted, is_json), 1):
            line = None if found is None else _line(*found)
            if line is not None:
                parts += (line, b"\n")
                size += len(line) + 1
                if size > most:
                    raise TooMuchError
            elif found is not None:
                ignored += 1
            if number > MAX_ITEMS:
                raise TooMuchError
            if number % _STEP == 0:
                yield None
    except TooManyError as error:
        raise TooMuchError from error
    except (ValueError, RecursionError) as error:
        raise MalformedError from error
    yield Decoded(b"".join(parts), ignored)


def lines(data: bytes, signal: Signal) -> Iterator[bytes]:
    """Yield the lines of the calls in a JSON request, with all attributes; raises ValueError."""
    for found in json_request.items(data, signal, None):
        line = None if found is None else _line(*found)
        if line is not None:
            yield line


def _items(data: bytes, signal: Signal, wanted: Wanted, is_json: bool) -> Items:
    if is_json:
        return json_request.items(data, signal, wanted)
    # The package is optional, and takes some tens of milliseconds to load.
    from . import protobuf

    return protobuf.items(data, signal, wanted)


def _line(item: Item | None, around: Around) -> bytes | None:
    if item is None:
        return BROKEN
    return line_of(item, around) if is_call(item) else None
