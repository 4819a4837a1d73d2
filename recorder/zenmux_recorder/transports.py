"""Recording transports, which wrap the transports of httpx2 and httpx clients."""

from typing import TYPE_CHECKING, Any

from .libraries import AsyncBaseTransport, BaseTransport, library_of
from .streams import AsyncRecordedStream, RecordedStream

if TYPE_CHECKING:
    from .libraries import AnyAsyncTransport, AnyRequest, AnyTransport
    from .recorder import Recorder


class RecordingTransport(BaseTransport):
    """Send requests through another transport, and record requests to a model."""

    def __init__(self, recorder: "Recorder", transport: "AnyTransport | None" = None) -> None:
        """Wrap a transport; by default the library's own, with its defaults."""
        self._recorder = recorder
        self._transport = transport

    def handle_request(self, request: "AnyRequest") -> Any:
        """Send a request; return the answer, which is recorded as the client reads it."""
        if self._transport is None:
            self._transport = library_of(request).HTTPTransport()
        transport: Any = self._transport
        exchange = self._recorder.begin(request)
        if exchange is None:
            return transport.handle_request(request)
        try:
            response = transport.handle_request(request)
        except BaseException as error:
            exchange.fail(error)
            raise
        exchange.answered(response.status_code, response.headers)
        if response.is_closed:
            exchange.read_already(response.content)
        else:
            response.stream = RecordedStream(response.stream, exchange)
        return response

    def close(self) -> None:
        """Close the wrapped transport; the recorder stays open."""
        if self._transport is not None:
            self._transport.close()


class AsyncRecordingTransport(AsyncBaseTransport):
    """Send requests through another async transport, and record requests to a model."""

    def __init__(self, recorder: "Recorder", transport: "AnyAsyncTransport | None" = None) -> None:
        """Wrap a transport; by default the library's own, with its defaults."""
        self._recorder = recorder
        self._transport = transport

    async def handle_async_request(self, request: "AnyRequest") -> Any:
        """Send a request; return the answer, which is recorded as the client reads it."""
        if self._transport is None:
            self._transport = library_of(request).AsyncHTTPTransport()
        transport: Any = self._transport
        exchange = self._recorder.begin(request)
        if exchange is None:
            return await transport.handle_async_request(request)
        try:
            response = await transport.handle_async_request(request)
        except BaseException as error:
            exchange.fail(error)
            raise
        exchange.answered(response.status_code, response.headers)
        if response.is_closed:
            exchange.read_already(response.content)
        else:
            response.stream = AsyncRecordedStream(response.stream, exchange)
        return response

    async def aclose(self) -> None:
        """Close the wrapped transport; the recorder stays open."""
        if self._transport is not None:
            await self._transport.aclose()
