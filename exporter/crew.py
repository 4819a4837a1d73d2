"""A crew of processes that read lines for a large backlog: blocks of lines in, records out.

Only reading is theirs. What counts, and in which order, is decided where the records come back to.
A hand ends with its standard input, so none outlives the exporter, however that ends.
"""

import contextlib
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import cycle
from typing import IO, Union

import msgspec

from . import memory
from .decode import Decoder
from .errors import ExporterError, Reason, Rejected
from .framing import split
from .records import Record

try:
    from .decode import packed
except ImportError:
    packed = None  # type: ignore[assignment]

# A line read: its record, the reason why it is none, or nothing for a blank line.
Read = Record | Reason | None
# Lines read: one by one, or packed where reading is compiled.
Found = Union[list[Read], "packed.Packed"]

_HEAD = 8  # bytes that tell how long a message is
_NICE = 5  # a scrape goes first
_pack: Callable[[bytes], bytes] | None = None if packed is None else packed.pack
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Read]).decode


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


class Crew:
    """A few processes that take blocks in turn."""

    def __init__(self, size: int) -> None:
        """Starts them."""
        self.hands = [Hand() for _ in range(size)]
        self._turns: Iterator[Hand] = cycle(self.hands)

    def read(self, text: bytes) -> Future[Found]:
        """What valid UTF-8 lines of a known shape say; fails with `ExporterError`."""
        return next(self._turns).read(text)

    def close(self) -> None:
        """Let them go."""
        for hand in self.hands:
            hand.close()


class Hand:
    """One process, with a thread for either direction, so that neither waits for the other."""

    def __init__(self) -> None:
        """Starts it."""
        self.process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        self._sending = ThreadPoolExecutor(1, "crew")
        self._receiving = ThreadPoolExecutor(1, "crew")

    def read(self, text: bytes) -> Future[Found]:
        """What these lines say, in their turn."""
        self._sending.submit(self._send, text)
        return self._receiving.submit(self._receive)

    def _send(self, text: bytes) -> None:
        assert self.process.stdin is not None  # it is a pipe
        try:
            _put(self.process.stdin, text)
        except OSError:
            self.process.kill()  # `_receive` tells of it

    def _receive(self) -> Found:
        assert self.process.stdout is not None  # it is a pipe
        answer = _take(self.process.stdout)
        if answer is None:
            raise ExporterError("a process that reads lines has died; what it read is not counted")
        return _unpacked(answer)

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self._sending.shutdown(cancel_futures=True)
        self._receiving.shutdown(cancel_futures=True)
        with contextlib.suppress(OSError), self.process:
            pass  # what it no longer takes is of no use


def _put(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(len(message).to_bytes(_HEAD))
    pipe.write(message)
    pipe.flush()


def _take(pipe: IO[bytes]) -> bytes | None:
    """The next message, None where the other end is gone."""
    head = pipe.read(_HEAD)
    size = int.from_bytes(head)
    message = pipe.read(size)
    return message if len(head) == _HEAD and len(message) == size else None


def _packed(decoder: Decoder, text: bytes) -> bytes:
    """What lines say: rows, else MessagePack, or where an integer is too large for it a pickle."""
    if _pack is not None:
        return b"r" + _pack(text)
    found = [_read(decoder, line) for line in split(text)]
    try:
        return b"m" + _encode(found)
    except OverflowError:
        return b"p" + pickle.dumps(found)


def _unpacked(answer: bytes) -> Found:
    if answer.startswith(b"r"):
        return packed.Packed(answer[1:])
    if answer.startswith(b"p"):
        return pickle.loads(answer[1:])  # type: ignore[no-any-return]  # noqa: S301
    return _decode(memoryview(answer)[1:])


def _read(decoder: Decoder, line: bytes) -> Read:
    try:
        return decoder.decode(line)
    except Rejected as rejected:
        return rejected.reason


def work(source: IO[bytes], sink: IO[bytes]) -> None:
    """Answer messages until there are no more."""
    os.nice(_NICE)
    memory.settle()
    decoder = Decoder()
    while (text := _take(source)) is not None:
        _put(sink, _packed(decoder, text))


if __name__ == "__main__":
    work(sys.stdin.buffer, sys.stdout.buffer)
