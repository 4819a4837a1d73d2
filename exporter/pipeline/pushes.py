"""Handle pushed batches from request to answer: bounded, and counting each key once."""

import asyncio
import contextlib
import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TypeVar

from ..config import Config, Source
from ..ledger.errors import LedgerError
from ..ledger.store import Ledger
from ..receipts import Receipt
from ..sources import Body, Inbox, Ticket, body_in_steps
from .steps import within

T = TypeVar("T")

MAX_WAITING_BYTES = 1 << 26
MAX_BATCHES = 1000
# Seconds that a request waits for its batch to be counted and durable.
ANSWER_SECONDS = 60.0
_LOOK_SECONDS = 0.25
_STOP_SECONDS = 2.0
_NOT_COUNTED = "the batch was not counted: send it again"
_UNKNOWN = (
    "whether the batch is counted is not known: send it again with the same Idempotency-Key, or "
    "as it is if its records have ids"
)


class FullError(Exception):
    """No more batches, or bytes of them, may wait."""


class KeyReusedError(Exception):
    """The key belongs to a batch with another content."""


class UnansweredError(Exception):
    """A batch was not made durable in time; the text says whether it may still be counted."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a batch; `is_replayed`: it was sent before."""

    receipt: Receipt
    is_replayed: bool


class Hold:
    """The bytes that one request holds until `release`."""

    def __init__(self, pushes: "Pushes") -> None:
        """Hold nothing."""
        self._pushes = pushes
        self.size = 0

    def grow_to(self, size: int) -> None:
        """Hold this many bytes; raises `FullError` if there is no room."""
        more = size - self.size
        if more > 0 and self._pushes.held_bytes + more > MAX_WAITING_BYTES:
            raise FullError
        self._pushes.held_bytes += more
        self.size = size

    def release(self) -> None:
        """Release all bytes."""
        self._pushes.held_bytes -= self.size
        self.size = 0


class Pushes:
    """The batches in progress; used in the event loop."""

    def __init__(
        self,
        config: Config,
        inbox: Inbox,
        ledger: Ledger,
        ledger_thread: ThreadPoolExecutor,
        trouble: Callable[[], str],
    ) -> None:
        """Use the ledger in its thread. `trouble` returns why commits fail, empty if they don't."""
        self._inbox = inbox
        self._ledger = ledger
        self._ledger_thread = ledger_thread
        self.trouble = trouble
        self.held_bytes = 0
        self._numbers = count(1)
        self._by_key: dict[str, Ticket] = {}
        self._tickets: set[Ticket] = set()
        self._has_come = asyncio.Event()
        self._is_stopping = False
        # Cuts bodies into lines.
        self.thread = ThreadPoolExecutor(1, "pushes")
        self.configure(config)

    def configure(self, config: Config) -> None:
        """Use the sources of another configuration; give up batches of others."""
        self._max_line = config.storage.max_line_bytes
        self._sources = {one.name: one for one in config.sources if one.is_pushed}
        for ticket in [*self._tickets]:
            source = ticket.body.block.source
            if source not in self._sources:
                self._give_up(ticket)

    def sources(self, kind: str) -> dict[str, Source]:
        """Return the sources of a type, `push` or `otlp`, by name."""
        return {name: one for name, one in self._sources.items() if one.type == kind}

    @property
    def has_sources(self) -> bool:
        """Whether clients can push to any source."""
        return bool(self._sources)

    def hold(self) -> Hold:
        """Return a new hold; raises `FullError` if nothing more may wait."""
        if len(self._tickets) >= MAX_BATCHES or self.held_bytes >= MAX_WAITING_BYTES:
            raise FullError
        return Hold(self)

    async def cut(self, data: bytes, source: Source) -> Body:
        """Cut a body into lines; raises `ArchiveError`, `TooLargeError`."""
        key = f"pushed batch {next(self._numbers)}"
        return await self.stepped(
            body_in_steps(data, source.name, key, self._max_line, source.wrapper)
        )

    async def stepped(self, steps: Iterator[T | None]) -> T:
        """Run steps to the first result that is not None, and return it."""
        found: T | None = None
        while found is None:
            # Queue each step separately, so that a large body doesn't block small ones.
            found = await within(self.thread, partial(next, steps))
        return found

    async def count(self, body: Body, key: str, hold: Hold) -> Answer:
        """Queue a batch and wait until it is counted and durable; its hold ends then.

        Raises `KeyReusedError`, and `UnansweredError` if it takes too long or can't be done now.
        """
        name = _hashed(body.block.source, key) if key else ""
        known = self._by_key.get(name) if name else None
        if known is not None:
            try:
                # The repeated body stays in memory meanwhile, so its bytes stay held.
                return _checked(Answer(await self._answer(known), is_replayed=True), body)
            finally:
                hold.release()
        ticket = Ticket(body, Receipt(name, body.digest))
        with contextlib.ExitStack() as failed:
            failed.callback(ticket.end, None)
            self._begin(ticket, hold)
            stored = await self._stored(name) if name else None
            failed.pop_all()
        if stored is not None and (stored.is_done or stored.digest != body.digest):
            ticket.end(stored)
            return _checked(Answer(stored, is_replayed=True), body)
        if stored is not None:
            # Part of it was committed before the process ended.
            ticket.counted = ticket.committed = stored
        if body.block.source not in self._sources:
            # The source was removed by a reload in the meantime.
            self._give_up(ticket)
        if not ticket.answer.done():
            self._inbox.put(ticket)
            self._has_come.set()
        return Answer(await self._answer(ticket), is_replayed=False)

    async def _stored(self, name: str) -> Receipt | None:
        try:
            return await within(self._ledger_thread, partial(self._ledger.receipt, name))
        except LedgerError as error:
            raise UnansweredError("nothing can be stored at the moment: send it again") from error

    def _begin(self, ticket: Ticket, hold: Hold) -> None:
        name = ticket.counted.key
        self._tickets.add(ticket)
        if name:
            self._by_key[name] = ticket

        def end(_: object) -> None:
            hold.release()
            self._tickets.discard(ticket)
            self._by_key.pop(name, None)

        ticket.answer.add_done_callback(end)
        if self._is_stopping:
            ticket.is_withdrawn = True
            ticket.end(None)

    def _give_up(self, ticket: Ticket) -> None:
        """End a batch without a result; what is being counted may still be committed."""
        self._inbox.withdraw(ticket)
        ticket.end(None)

    async def _answer(self, ticket: Ticket) -> Receipt:
        """Wait for a receipt while commits succeed, up to a limit."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + ANSWER_SECONDS
        while not ticket.answer.done() and not self.trouble() and loop.time() < deadline:
            await asyncio.wait((ticket.answer,), timeout=_LOOK_SECONDS)
        if not ticket.answer.done() and self._inbox.withdraw(ticket):
            ticket.end(None)
        receipt = ticket.answer.result() if ticket.answer.done() else None
        if receipt is None:
            raise UnansweredError(_NOT_COUNTED if ticket.is_withdrawn else _UNKNOWN)
        return receipt

    async def come_within(self, seconds: float) -> bool:
        """Wait up to some seconds for a batch; return True if one has arrived."""
        if seconds <= 0:
            return False
        try:
            async with asyncio.timeout(seconds):
                await self._has_come.wait()
        except TimeoutError:
            return False
        self._has_come.clear()
        return True

    async def stop(self) -> None:
        """Accept no more batches; answer all clients, after some time for batches being counted."""
        self._is_stopping = True
        for ticket in [*self._tickets]:
            if self._inbox.withdraw(ticket):
                ticket.end(None)
        counted = [ticket.answer for ticket in self._tickets]
        if counted and not self.trouble():
            await asyncio.wait(counted, timeout=_STOP_SECONDS)
        for ticket in [*self._tickets]:
            ticket.end(None)

    def close(self) -> None:
        """Stop the thread."""
        self.thread.shutdown(wait=True, cancel_futures=True)


def _hashed(source: str, key: str) -> str:
    return hashlib.sha256(f"{source}\0{key}".encode(errors="surrogatepass")).hexdigest()


def _checked(answer: Answer, body: Body) -> Answer:
    if answer.receipt.digest != body.digest:
        raise KeyReusedError
    return answer
