"""Pass the chunks of answers to the client at once, and parse them afterwards."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import Protocol

from .exchange import Exchange
from .libraries import AsyncByteStream, SyncByteStream


class Chunks(Iterable[bytes], Protocol):
    """A stream of either library."""

    def close(self) -> None:
        """Release the connection."""


class AsyncChunks(AsyncIterable[bytes], Protocol):
    """An async stream of either library."""

    async def aclose(self) -> None:
        """Release the connection."""


class RecordedStream(SyncByteStream):
    """A stream that reports its chunks to an exchange."""

    def __init__(self, stream: Chunks, exchange: Exchange) -> None:
        """Wrap a stream."""
        self._stream = stream
        self._exchange = exchange

    def __iter__(self) -> Iterator[bytes]:
        exchange = self._exchange
        try:
            for chunk in self._stream:
                exchange.arrived(chunk)
                yield chunk
                exchange.digest()
        except GeneratorExit:
            exchange.abandon()
            raise
        except BaseException as error:
            exchange.fail(error)
            raise
        exchange.end()

    def close(self) -> None:
        """Close the stream; before its end this is a cancelled request."""
        try:
            self._stream.close()
        finally:
            self._exchange.abandon()


class AsyncRecordedStream(AsyncByteStream):
    """An async stream that reports its chunks to an exchange."""

    def __init__(self, stream: AsyncChunks, exchange: Exchange) -> None:
        """Wrap a stream."""
        self._stream = stream
        self._exchange = exchange

    async def __aiter__(self) -> AsyncIterator[bytes]:
        exchange = self._exchange
        try:
            async for chunk in self._stream:
                exchange.arrived(chunk)
                yield chunk
                exchange.digest()
        except GeneratorExit:
            exchange.abandon()
            raise
        except BaseException as error:
            exchange.fail(error)
            raise
        exchange.end()

    async def aclose(self) -> None:
        """Close the stream; before its end this is a cancelled request."""
        try:
            await self._stream.aclose()
        finally:
            self._exchange.abandon()
