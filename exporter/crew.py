"""A crew of processes that read lines for a large backlog: blocks of lines in, records out.

Only reading is theirs. What counts, and in which order, is decided where the records come back to.
A hand ends with its standard input, so none outlives the exporter, however that ends. Blocks and
answers stand in memory that both share; only who may read which part of it goes through pipes.
"""

import asyncio
import contextlib
import mmap
import os
import pickle
import subprocess
import sys
from collections.abc import Generator
from concurrent.futures import Future
from struct import Struct
from typing import IO, Union

import msgspec

from .decode import Decoder
from .errors import ExporterError, Reason, Rejected
from .framing import split
from .memory import settle
from .records import Record

try:
    from .decode import packed
except ImportError:
    packed = None  # type: ignore[assignment]

# A line read: its record, the reason why it is none, or nothing for a blank line.
Read = Record | Reason | None
# Lines read: one by one, or packed where reading is compiled.
Found = Union[list[Read], "packed.Packed"]

# A slot of the memory that is shared with a hand takes a block of lines, then what they say.
_SLOT_BYTES = 1 << 22
_UNREAD = -1
_IN_HAND = 2  # blocks that a hand has at most: one to read, one to go on with
_PAUSE_LINES = 64
_NICE = 5  # a scrape goes first
_message = Struct("<ii")  # a slot, and how much of it is in use
_packer: type["packed.Packer"] | None = None if packed is None else packed.Packer
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Read]).decode


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def is_possible() -> bool:
    """Whether this system has what a crew needs."""
    return hasattr(os, "memfd_create")


def reading(decoder: Decoder, text: bytes) -> Generator[None, None, Found]:
    """What valid UTF-8 lines of a known shape say, with a pause every few dozen lines."""
    if _packer is not None:
        packer = _packer(text)
        while packer.step(_PAUSE_LINES):
            yield
        return packer.packed()
    found: list[Read] = []
    for number, line in enumerate(split(text), 1):
        found.append(_read(decoder, line))
        if number % _PAUSE_LINES == 0:
            yield
    return found


class Crew:
    """A few processes that take blocks in turn; each has memory that it shares."""

    def __init__(self, size: int) -> None:
        """Starts them."""
        self.hands = [Hand() for _ in range(size)]
        self._loop: asyncio.AbstractEventLoop | None = None

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take answers as they come, on this loop."""
        if self._loop is None:
            self._loop = loop
            for hand in self.hands:
                loop.add_reader(hand.answers, hand.receive)

    def poll(self) -> None:
        """Take the answers that are there now: the loop looks only when it is let."""
        for hand in self.hands:
            hand.receive()

    @property
    def is_idle(self) -> bool:
        """Whether some hand would soon have nothing to do."""
        return any(hand.waiting < _IN_HAND for hand in self.hands)

    def read(self, text: bytes) -> Future[Found | None]:
        """What valid UTF-8 lines of a known shape say; None where they are too much for a hand.

        Fails with `ExporterError` where the hand dies.
        """
        return min(self.hands, key=lambda hand: hand.waiting).read(text)

    def close(self) -> None:
        """Let them go."""
        for hand in self.hands:
            if self._loop is not None:
                self._loop.remove_reader(hand.answers)
            hand.close()


class Hand:
    """One process, and the memory that is shared with it."""

    def __init__(self) -> None:
        """Starts it."""
        shared = os.memfd_create("lines")
        try:
            os.ftruncate(shared, _IN_HAND * _SLOT_BYTES)
            self._memory = mmap.mmap(shared, _IN_HAND * _SLOT_BYTES)
            self.process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", __name__, str(shared)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                pass_fds=[shared],
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        finally:
            os.close(shared)
        assert self.process.stdout is not None  # it is a pipe
        self.answers = self.process.stdout.fileno()
        os.set_blocking(self.answers, False)
        self._free = list(range(_IN_HAND))
        self._waiting: dict[int, Future[Found | None]] = {}
        self._unfinished = b""

    @property
    def waiting(self) -> int:
        """Blocks that it has not answered yet."""
        return len(self._waiting)

    def read(self, text: bytes) -> Future[Found | None]:
        """What these lines say."""
        reading: Future[Found | None] = Future()
        if not self._free or len(text) > _SLOT_BYTES:
            reading.set_result(None)
            return reading
        reading.set_running_or_notify_cancel()  # an answer will come, wanted or not
        slot = self._free.pop()
        self._waiting[slot] = reading
        start = slot * _SLOT_BYTES
        self._memory[start : start + len(text)] = text
        assert self.process.stdin is not None  # it is a pipe
        with contextlib.suppress(BrokenPipeError):  # `receive` tells of it
            self.process.stdin.write(_message.pack(slot, len(text)))
        return reading

    def receive(self) -> None:
        """Take the answers that are there."""
        try:
            data = self._unfinished + os.read(self.answers, 1 << 12)
        except BlockingIOError:
            return
        if data == self._unfinished:
            self._lose()
            return
        whole = len(data) - len(data) % _message.size
        self._unfinished = data[whole:]
        for slot, size in _message.iter_unpack(data[:whole]):
            start = slot * _SLOT_BYTES
            answer = None if size == _UNREAD else self._memory[start : start + size]
            self._free.append(slot)
            self._waiting.pop(slot).set_result(None if answer is None else _unpacked(answer))

    def _lose(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for reading in waiting.values():
            reading.set_exception(
                ExporterError("a process that reads lines has died; what it read is not counted")
            )

    def close(self) -> None:
        """End it."""
        self.process.kill()
        with self.process:
            pass  # what it has not answered is of no use
        self._memory.close()


def _packed(decoder: Decoder, text: bytes) -> bytes:
    """What lines say: rows, else MessagePack, or where an integer is too large for it a pickle."""
    if _packer is not None:
        packer = _packer(text)
        packer.step(len(text))
        return b"r" + packer.message()
    found = [_read(decoder, line) for line in split(text)]
    try:
        return b"m" + _encode(found)
    except OverflowError:
        return b"p" + pickle.dumps(found)


def _unpacked(answer: bytes) -> Found:
    if answer.startswith(b"r"):
        return packed.unpack(memoryview(answer)[1:])
    if answer.startswith(b"p"):
        return pickle.loads(answer[1:])  # type: ignore[no-any-return]  # noqa: S301
    return _decode(memoryview(answer)[1:])


def _read(decoder: Decoder, line: bytes) -> Read:
    try:
        return decoder.decode(line)
    except Rejected as rejected:
        return rejected.reason


def work(memory: mmap.mmap, source: IO[bytes], sink: IO[bytes]) -> None:
    """Answer messages until there are no more."""
    os.nice(_NICE)
    settle()
    decoder = Decoder()
    while len(message := source.read(_message.size)) == _message.size:
        slot, size = _message.unpack(message)
        start = slot * _SLOT_BYTES
        answer = _packed(decoder, memory[start : start + size])
        size = len(answer) if len(answer) <= _SLOT_BYTES else _UNREAD
        if size != _UNREAD:
            memory[start : start + size] = answer
        try:
            sink.write(_message.pack(slot, size))
        except BrokenPipeError:
            return  # who asked is gone, killed while this was read


if __name__ == "__main__":
    with open(sys.stdout.fileno(), "wb", buffering=0, closefd=False) as answers:
        work(mmap.mmap(int(sys.argv[1]), 0), sys.stdin.buffer, answers)
